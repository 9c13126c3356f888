# A machine built anew has the same UDI and another key: force and a token of the same virtual account take over.
order Enhanced=10
virtual-account add Branch
token T1
token T2
token TB va=Branch
product ucm1
product rebuilt udi=ucm1
register ucm1 token=T1
report ucm1 Enhanced=3
register rebuilt token=T1 -> ALREADY_REGISTERED says="another key"
register rebuilt token=T2 -> ALREADY_REGISTERED
# Not with a token of another virtual account.
register rebuilt token=TB force -> ALREADY_REGISTERED
register rebuilt token=TB -> ALREADY_REGISTERED
register rebuilt token=T1 force hostname=new-host -> OK certificate=new virtual-account=Default
expect rebuilt hostname=new-host status=Authorized
license Enhanced in-use=3
instances Default=1
certificates rebuilt SUPERSEDED CURRENT
# The old machine has lost.
report ucm1 Enhanced=3 -> CERTIFICATE_REVOKED
renew ucm1 -> CERTIFICATE_REVOKED
register ucm1 token=T1 -> ALREADY_REGISTERED
report rebuilt Enhanced=4 -> AUTHORIZED
events instance.register=1 instance.taken-over=1
token-is T1 ACTIVE uses=2
token-is T2 ACTIVE uses=0
token-is TB ACTIVE uses=0
