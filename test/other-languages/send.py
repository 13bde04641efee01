"""Calls SendConversational as a client that knows nothing but the proto.

usage: send.py <folder of the generated stubs> <host:port>

The request comes as protobuf JSON on standard input. Prints one JSON object: the response, or the status of the failed
call with the details that it carried.
"""

import json
import sys

import grpc
from google.protobuf.json_format import MessageToDict, Parse
from google.rpc import error_details_pb2  # noqa: F401 - makes the types of the details known
from grpc_status import rpc_status

sys.path.insert(0, sys.argv[1])
from parley.conversational.v1 import conversational_pb2, conversational_pb2_grpc  # noqa: E402

TIMEOUT_SECONDS = 20

request = Parse(sys.stdin.read(), conversational_pb2.SendConversationalRequest())

with grpc.insecure_channel(sys.argv[2]) as channel:
    service = conversational_pb2_grpc.ConversationalServiceStub(channel)
    try:
        answer = MessageToDict(service.SendConversational(request, timeout=TIMEOUT_SECONDS))
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        details = [MessageToDict(detail) for detail in status.details] if status else []
        answer = {"code": error.code().name, "details": details}

print(json.dumps(answer))
