#!/bin/sh
# embed.sh: the lessons' files as C text literals, so that the program finds its lessons wherever it is started.
# Output: the definition of lesson_files (lessons/lesson.h). Run from the root.
printf '#include "lessons/lesson.h"\n\nstatic const LessonFile files[] = {\n'
for file in lessons/quiz/*.md lessons/[0-9][0-9]-*/*.md lessons/[0-9][0-9]-*/*.txt lessons/[0-9][0-9]-*/*.start lessons/[0-9][0-9]-*/*.solution lessons/[0-9][0-9]-*/*.wrong; do
    [ -f "$file" ] || continue
    printf '{"%s",\n' "${file#lessons/}"
    sed -e 's/\\/\\\\/g' -e 's/?/\\?/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$file"
    printf '""},\n'
done
printf '{0, 0}};\nconst LessonFiles lesson_files = {files, (int)(sizeof files / sizeof files[0]) - 1};\n'
