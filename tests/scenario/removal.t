# An administrator removes a product instance: as deregistered, but the product did not ask.
order Enhanced=5
token T1
product a
register a token=T1
report a Enhanced=5
remove a
license Enhanced in-use=0
expect a status=Removed
remove a -> INSTANCE_UNKNOWN says=already
report a Enhanced=5 -> CERTIFICATE_REVOKED says=removed
deregister a -> CERTIFICATE_REVOKED
certificates a REVOKED
# The same key and token again is a new registration.
register a token=T1 -> OK identifier=new
token-is T1 ACTIVE uses=2
events instance.remove=1 instance.register=2
