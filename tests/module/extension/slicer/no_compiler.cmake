# A toolchain without a compiler: the extension is Python alone, but `project(<name>)`, which Slicer's template has,
# asks for C and C++. Whatever would compile something fails, as this "compiler" is cmake itself.
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER "${CMAKE_COMMAND}")
  set(CMAKE_${language}_COMPILER_FORCED TRUE)
  set(CMAKE_${language}_COMPILER_ID_RUN TRUE) # or cmake would try in vain, for half a second, to find out which it is
endforeach()
