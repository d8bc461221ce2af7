class backends:
    class cudnn:
        @staticmethod
        def version(): return 0
