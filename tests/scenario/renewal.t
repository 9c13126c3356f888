# After a renewal the predecessor stays good until the first accepted message that names the successor.
order Enhanced=5
token T1
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=2
advance 80d
renew ucm1 -> OK identifier=same certificate=new renew-in=180d expires-in=365d virtual-account=Default
certificates ucm1 CURRENT SUCCESSOR
# The product has not saved it yet.
report ucm1 cert=1 Enhanced=2 -> AUTHORIZED
certificates ucm1 CURRENT SUCCESSOR
report ucm1 cert=2 Enhanced=3 -> AUTHORIZED
certificates ucm1 SUPERSEDED CURRENT
report ucm1 cert=1 Enhanced=2 -> CERTIFICATE_REVOKED says=superseded
license Enhanced in-use=3
# A second renewal under the predecessor replaces the unused successor.
renew ucm1 lost -> OK certificate=new
renew ucm1 lost -> OK certificate=new
certificates ucm1 SUPERSEDED CURRENT SUPERSEDED SUCCESSOR
report ucm1 cert=3 Enhanced=2 -> CERTIFICATE_REVOKED
report ucm1 cert=2 Enhanced=2 -> AUTHORIZED
report ucm1 cert=4 Enhanced=4 -> AUTHORIZED
report ucm1 cert=2 Enhanced=2 -> CERTIFICATE_REVOKED
certificates ucm1 SUPERSEDED SUPERSEDED SUPERSEDED CURRENT
# A renewal under the unused successor is its first use.
renew ucm1 cert=4 lost -> OK
certificates ucm1 SUPERSEDED SUPERSEDED SUPERSEDED CURRENT SUCCESSOR
renew ucm1 cert=5 lost -> OK
certificates ucm1 SUPERSEDED SUPERSEDED SUPERSEDED SUPERSEDED CURRENT SUCCESSOR
report ucm1 cert=4 Enhanced=1 -> CERTIFICATE_REVOKED
report ucm1 cert=6 Enhanced=1 -> AUTHORIZED
events instance.renew=5
