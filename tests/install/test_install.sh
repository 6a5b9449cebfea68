#!/usr/bin/env bash
# test_install.sh CMAKE SOURCE BUILD COMPILER: installs BUILD below itself, looks at what arrived, and builds and runs
# a project that knows nothing of the source tree and adds a kernel of its own.
set -euo pipefail
cmake=$1 source=$2 build=$3 compiler=$4
prefix=$build/install-test/prefix
work=$build/install-test/outside

fail() {
    echo "error: $*" >&2
    exit 1
}

rm -rf "$build/install-test"
mkdir -p "$work"
# The list of the user's own installation from this build folder, which `uninstall` needs, stays as it was.
manifest=$build/install_manifest.txt
if [ -e "$manifest" ]; then
    mv "$manifest" "$build/install-test/kept"
fi
"$cmake" --install "$build" --prefix "$prefix" >"$build/install-test/log"
mv "$manifest" "$build/install-test/manifest"
if [ -e "$build/install-test/kept" ]; then
    mv "$build/install-test/kept" "$manifest"
fi

cd "$prefix"
for file in bin/arclight share/man/man1/arclight.1 share/bash-completion/completions/arclight \
    share/zsh/site-functions/_arclight share/fish/vendor_completions.d/arclight.fish \
    share/applications/arclight.desktop share/icons/hicolor/scalable/apps/arclight.svg \
    share/doc/arclight/LICENSE share/doc/arclight/README.md include/arclight/gpu/gpu.h include/arclight/common/group.glsl; do
    [ -s "$file" ] || fail "$file was not installed, or is empty"
done
"$prefix/bin/arclight" --version >/dev/null
bash -n share/bash-completion/completions/arclight
if command -v man >/dev/null; then
    # Warnings of the formatter are defects of the page.
    words=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l share/man/man1/arclight.1 2>&1 >/dev/null)
    [ -z "$words" ] || fail "manual page: $words"
fi
if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate share/applications/arclight.desktop
fi
if grep -rIlF -e "$source" -e "$build" "$prefix" | grep -v '^$'; then
    fail "the files above name the folder they were built in"
fi

if grep -rlE 'include [<"](volk|vulkan)' include; then
    fail "the headers above show Vulkan to their user"
fi

# Each header compiles alone, and as C++ where there is a compiler. declare_kernels.h and define_kernels.h are made to be included by a room's own.
flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name arclight.pc)") pkg-config --cflags --libs arclight)
(cd include/arclight && find . -name '*.h' ! -name 'de*_kernels.h') | while read -r header; do
    # shellcheck disable=SC2086 # flags are words
    echo "#include \"${header#./}\"" |
        "$compiler" -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c - $flags ||
        fail "$header does not compile by itself"
done
if command -v c++ >/dev/null; then
    (cd include/arclight && find . -name '*.h' ! -name 'de*_kernels.h') | while read -r header; do
        # shellcheck disable=SC2086
        echo "#include \"${header#./}\"" | c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ - $flags ||
            fail "$header cannot be read as C++"
    done
fi

# The library alone, through pkg-config.
# shellcheck disable=SC2086
"$compiler" -std=c11 -o "$work/devices" "$source/tests/install/devices.c" $flags
"$work/devices"

# The library with a kernel from outside, through CMake.
cp -r "$source/tests/install/outside" "$work/source"
"$cmake" -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$compiler" \
    >>"$build/install-test/log" 2>&1 || {
    cat "$build/install-test/log"
    exit 1
}
"$cmake" --build "$work/build" >>"$build/install-test/log" 2>&1 || {
    cat "$build/install-test/log"
    exit 1
}
"$work/build/outside"

# Taken away again, and nothing left.
"$cmake" -D MANIFEST="$build/install-test/manifest" -P "$source/tools/cmake/uninstall.cmake" >/dev/null
left=$(find "$prefix" -type f)
if [ -n "$left" ] || [ -e "$prefix/include/arclight" ]; then
    fail "left after uninstalling: $left"
fi
