"""placeholder"""
from azure.functions import OrchestrationContext as _Sdk
import json
def OrchestrationContext(context): return _Sdk(json.dumps(context))
