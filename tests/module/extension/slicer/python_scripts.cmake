# ctkMacroCompilePythonScript: copies named files into the build tree when it is built, byte-compiles the scripts beside
# themselves (a.py -> a.pyc), and installs the whole destination folder.

# CTK's own parser: keywords that it does not know become values of the keyword before them, without a word.
# Here they are refused, as every value must then be a file that exists.
macro(ctkMacroCompilePythonScript)
  cmake_parse_arguments(MY "NO_INSTALL_SUBDIR;GLOBAL_TARGET"
    "TARGET_NAME;SOURCE_DIR;DESTINATION_DIR;INSTALL_DIR" "SCRIPTS;RESOURCES" ${ARGN})
  if(MY_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ctkMacroCompilePythonScript does not know: ${MY_UNPARSED_ARGUMENTS}")
  endif()
  foreach(name TARGET_NAME SCRIPTS DESTINATION_DIR INSTALL_DIR)
    if(NOT DEFINED MY_${name})
      message(FATAL_ERROR "ctkMacroCompilePythonScript: ${name} is mandatory")
    endif()
  endforeach()
  if(NOT DEFINED MY_SOURCE_DIR)
    set(MY_SOURCE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  get_filename_component(MY_SOURCE_DIR "${MY_SOURCE_DIR}" REALPATH)
  get_filename_component(MY_DESTINATION_DIR "${MY_DESTINATION_DIR}" REALPATH)

  _stand_in_copy(${MY_TARGET_NAME} Script "${MY_SOURCE_DIR}" "${MY_DESTINATION_DIR}" "${MY_SCRIPTS}")
  _stand_in_copy(${MY_TARGET_NAME} Resource "${MY_SOURCE_DIR}" "${MY_DESTINATION_DIR}" "${MY_RESOURCES}")

  # With the slash the folder's content is installed, without it the folder itself.
  set(_directory "${MY_DESTINATION_DIR}")
  if(MY_NO_INSTALL_SUBDIR)
    set(_directory "${MY_DESTINATION_DIR}/")
  endif()
  install(DIRECTORY "${_directory}" DESTINATION "${MY_INSTALL_DIR}" COMPONENT RuntimeLibraries USE_SOURCE_PERMISSIONS)
endmacro()

function(_stand_in_copy target kind source_dir destination_dir files)
  set(copies)
  foreach(file IN LISTS files)
    if(kind STREQUAL "Script" AND NOT file MATCHES "\\.py$")
      string(APPEND file ".py")
    endif()
    # CTK places an absolute path relative to the binary folder, which is right for generated files alone, and
    # lets "../" leave the destination: neither is of use to an extension.
    if(IS_ABSOLUTE "${file}" OR file MATCHES "(^|/)\\.\\.(/|$)")
      message(FATAL_ERROR "${file} would not arrive below ${destination_dir}")
    endif()
    if(NOT EXISTS "${source_dir}/${file}" OR IS_DIRECTORY "${source_dir}/${file}")
      message(FATAL_ERROR "ctkMacroCompilePythonScript: there is no file ${source_dir}/${file}")
    endif()
    add_custom_command(
      OUTPUT "${destination_dir}/${file}"
      COMMAND "${CMAKE_COMMAND}" -E copy "${source_dir}/${file}" "${destination_dir}/${file}"
      DEPENDS "${source_dir}/${file}"
      VERBATIM)
    list(APPEND copies "${destination_dir}/${file}")
  endforeach()
  set(compile)
  if(kind STREQUAL "Script") # all by one process
    set(compile COMMAND "${STAND_IN_PYTHON}" -m compileall -b -f -q ${copies})
  endif()
  if(copies)
    add_custom_target(Copy${target}Python${kind}Files ALL ${compile} DEPENDS ${copies} VERBATIM)
  endif()
endfunction()
