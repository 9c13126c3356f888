# Reregister: with force, the present key and a token of another virtual account of the same local account, the
# product moves there. Its identifier stays, the old certificate is superseded, its count goes along.
order Enhanced=10
virtual-account add Branch
transfer Enhanced=4 from=Default to=Branch
token T1
token TB va=Branch
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=5 -> AUTHORIZED
license Enhanced quantity=6 in-use=5
# Without force it is refused, and the message says where it is.
register ucm1 token=TB -> ALREADY_REGISTERED says="'Default'"
expect ucm1 va=Default
register ucm1 token=TB force -> OK identifier=same certificate=new virtual-account=Branch
expect ucm1 va=Branch status="Out Of Compliance"
certificates ucm1 SUPERSEDED CURRENT
license Enhanced quantity=6 in-use=0
license Enhanced va=Branch quantity=4 in-use=5 available=-1 status="Out Of Compliance"
report ucm1 cert=1 Enhanced=5 -> CERTIFICATE_REVOKED
report ucm1 Enhanced=5 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:5
report ucm1 Enhanced=4 -> AUTHORIZED Enhanced:InCompliance:4
token-is TB ACTIVE uses=1
instances Default=0
instances Branch=1
# And back, with the same virtual account's token again: a move to where it is counts as one.
register ucm1 token=T1 force -> OK identifier=same certificate=new virtual-account=Default
token T2
register ucm1 token=T2 force -> OK identifier=same certificate=new virtual-account=Default
register ucm1 token=T2 -> OK certificate=same
register ucm1 token=T1 -> ALREADY_REGISTERED
license Enhanced in-use=4
license Enhanced va=Branch in-use=0
token-is T1 ACTIVE uses=2
events instance.register=1 instance.move=3
