# charter_grpc_messages(TARGET NAME): the messages and stubs that protoc generates from NAME.proto here, to be included
# by their path from the root: "cluster/link/link.grpc.pb.h". Warnings in them are not ours.
function(charter_grpc_messages target name)
  set(proto ${CMAKE_CURRENT_SOURCE_DIR}/${name}.proto)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE folder)
  set(generated ${CMAKE_BINARY_DIR}/${folder}/${name})
  add_custom_command(
    OUTPUT ${generated}.pb.cc ${generated}.pb.h ${generated}.grpc.pb.cc ${generated}.grpc.pb.h
    COMMAND protobuf::protoc -I ${CMAKE_SOURCE_DIR} --cpp_out=${CMAKE_BINARY_DIR} --grpc_out=${CMAKE_BINARY_DIR}
      --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${proto}
    DEPENDS ${proto} VERBATIM)
  add_library(${target} STATIC ${generated}.pb.cc ${generated}.grpc.pb.cc)
  target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_BINARY_DIR})
  target_compile_definitions(${target} PUBLIC GRPC_USE_PROTO_LITE)
  target_link_libraries(${target} PUBLIC gRPC::grpc++)
endfunction()
