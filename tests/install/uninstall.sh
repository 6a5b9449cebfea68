#!/bin/sh
# Takes away what install.sh put under PREFIX, and looks whether anything is left: uninstall.sh CMAKE SOURCE PREFIX
set -eu
"$1" -D MANIFEST="$3.manifest" -P "$2/tools/cmake/uninstall.cmake" >/dev/null
left=$(find "$3" -type f)
if [ -n "$left" ] || [ -e "$3/include/arclight" ]; then
    echo "left after uninstalling: $left"
    exit 1
fi
