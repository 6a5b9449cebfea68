#!/bin/sh
# Configuring without some packages must fail and name each: missing_package.sh CMAKE SOURCE FOLDER CC GENERATOR MAKE
set -eu
cmake=$1
source=$2
folder=$3
rm -rf "$folder"
code=0
"$cmake" -G "$5" -DCMAKE_MAKE_PROGRAM="$6" -S "$source" -B "$folder" -DARCLIGHT_JANSSON_INCLUDE=ARCLIGHT_JANSSON_INCLUDE-NOTFOUND \
    -DCMAKE_C_COMPILER="$4" -DCMAKE_IGNORE_PATH="/usr/include;/usr/include/SDL2;/usr/bin;/bin" >"$folder.log" 2>&1 || code=$?
if [ "$code" = 0 ]; then
    echo "configured although packages were hidden"
    exit 1
fi
for package in glslang-tools spirv-tools libvulkan-dev libjansson-dev libzip-dev libvulkan-volk-dev libcmocka-dev libsdl2-dev; do
    if ! grep -q "$package" "$folder.log"; then
        echo "$package was hidden, and the message does not name it:"
        cat "$folder.log"
        exit 1
    fi
done
rm -rf "$folder"
