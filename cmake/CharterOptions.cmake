# Compiler, linker and cache settings that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

option(CHARTER_BUILD_TESTS "Build the tests" ON)
option(CHARTER_BUILD_BENCH "Build the benchmarks" ON)
set(CHARTER_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")
option(CHARTER_FUZZ "Build the libFuzzer targets (clang)" OFF)
option(CHARTER_COVERAGE "Instrument for gcov" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # GCC's precompiled headers hit the cache only with these settings; those of this project are named in angle brackets,
  # so that no path of a checkout is in them. And the cache goes by what a file's headers say, never by what is left of
  # them after preprocessing: without comments, two precompiled headers look the same that GCC keeps apart.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()

add_library(charter_flags INTERFACE)
target_include_directories(charter_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(charter_flags INTERFACE -Wall -Wextra -Wpedantic -Werror -fno-strict-overflow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely inside the standard library when optimising.
  target_compile_options(charter_flags INTERFACE -fpch-preprocess
    -Wno-error=maybe-uninitialized -Wno-error=restrict -Wno-error=stringop-overflow -Wno-error=array-bounds
    -Wno-error=stringop-overread -Wno-error=free-nonheap-object)
  add_link_options(-fuse-ld=mold)
endif()
if(CHARTER_SANITIZE)
  add_compile_options(-fsanitize=${CHARTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CHARTER_SANITIZE})
endif()
if(CHARTER_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# Beast's WebSocket stream takes 1.5 GB a file to compile: one at a time.
set_property(GLOBAL PROPERTY JOB_POOLS heavy=1)
