# A report is the whole present usage: it replaces the last; rows come back in the order in which they were asked.
order Enhanced=5 Basic=5 Essential=5
token T1
product a
register a token=T1
report a Basic=2 Enhanced=1 Essential=3 -> AUTHORIZED Basic:InCompliance:2 Enhanced:InCompliance:1 Essential:InCompliance:3
report a Essential=1 Basic=0 -> AUTHORIZED Essential:InCompliance:1 Basic:InCompliance:0
license Enhanced in-use=0
license Basic in-use=0
license Essential in-use=1
report a -> AUTHORIZED
license Essential in-use=0
expect a status=Authorized
# The same again is no event.
events usage.change=3
report a
events usage.change=3
# Unknown tags are InvalidTag, count for nothing and spoil nothing.
report a regid.nowhere=5 Enhanced=1 -> AUTHORIZED regid.nowhere:InvalidTag:0 Enhanced:InCompliance:1
report a regid.nowhere=5 -> AUTHORIZED regid.nowhere:InvalidTag:0
expect a status=Authorized
report a regid.nowhere=0 -> AUTHORIZED regid.nowhere:InvalidTag:0
# The largest count, and what is none.
report a Enhanced=2147483647 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:2147483647
license Enhanced in-use=2147483647 available=-2147483642
report a Enhanced=2147483648 -> INVALID_REQUEST says=count
report a Enhanced=-1 -> INVALID_REQUEST says=count
report a Enhanced=1 Enhanced=2 -> INVALID_REQUEST says=twice
report a regid.nowhere=1 regid.nowhere=1 -> INVALID_REQUEST says=twice
report a data='{"entitlements":null}' -> INVALID_REQUEST says=entitlements
report a data='{"entitlements":[{"tag":"regid.x"}]}' -> INVALID_REQUEST says=count
report a data='{"entitlements":[{"count":1}]}' -> INVALID_REQUEST says=tag
report a data='{"entitlements":[{"tag":"regid.x","count":1.5}]}' -> INVALID_REQUEST says=count
report a data='{"entitlements":[7]}' -> INVALID_REQUEST
license Enhanced in-use=2147483647
product b
register b token=T1
report b Enhanced=2147483647 -> OUT_OF_COMPLIANCE
license Enhanced in-use=4294967294
report a Enhanced=5
deregister b
license Enhanced in-use=5 status="In Compliance"
