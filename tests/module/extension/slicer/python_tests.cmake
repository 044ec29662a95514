# slicer_add_python_unittest: registers the same test under the same name; there is no Slicer here to run it.
# Slicer puts the binary folder and the script's folder on sys.path, then loads the script's name from there.
macro(slicer_add_python_unittest)
  cmake_parse_arguments(MY "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS" ${ARGN})
  if(MY_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "slicer_add_python_unittest does not know: ${MY_UNPARSED_ARGUMENTS}")
  endif()
  get_filename_component(_name "${MY_SCRIPT}" NAME_WE)
  get_filename_component(_folder "${MY_SCRIPT}" PATH)
  if("${_folder}" STREQUAL "")
    set(_folder "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  if(NOT IS_ABSOLUTE "${_folder}")
    message(FATAL_ERROR "slicer_add_python_unittest: ${_folder} would be looked for where ctest runs")
  endif()
  if(NOT EXISTS "${_folder}/${_name}.py" AND NOT EXISTS "${CMAKE_CURRENT_BINARY_DIR}/${_name}.py")
    message(FATAL_ERROR "slicer_add_python_unittest: there is no ${_name}.py in ${_folder}")
  endif()
  add_test(NAME py_${MY_TESTNAME_PREFIX}${_name} COMMAND "${Slicer_LAUNCHER_EXECUTABLE}" --no-splash --testing
    ${MY_SLICER_ARGS}
    --additional-module-paths "${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}"
    --python-code
    "import slicer.testing; slicer.testing.runUnitTest(['${CMAKE_CURRENT_BINARY_DIR}', '${_folder}'], '${_name}')")
  set_property(TEST py_${MY_TESTNAME_PREFIX}${_name} PROPERTY RUN_SERIAL TRUE)
endmacro()
