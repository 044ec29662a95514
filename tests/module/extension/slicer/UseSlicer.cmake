# What `include(${Slicer_USE_FILE})` gives: the extension's name and defaults, the macros, and the tests' switch.
set(EXTENSION_NAME "${PROJECT_NAME}")
if("${EXTENSION_NAME}" MATCHES "^$|^Slicer$|^Project$")
  message(FATAL_ERROR "Call project(<name of the extension>) before including Slicer_USE_FILE.")
endif()

set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "${Slicer_INSTALL_ROOT}${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")

# Left unset, these fall back to Slicer's own files, which a package of ours must not carry as if they were ours.
foreach(name LICENSE_FILE README_FILE DEPENDS)
  if(NOT DEFINED EXTENSION_${name})
    message(FATAL_ERROR "EXTENSION_${name} is not set.")
  endif()
endforeach()

include("${CMAKE_CURRENT_LIST_DIR}/python_scripts.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/scripted_module.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/python_tests.cmake")
include(CTest)
