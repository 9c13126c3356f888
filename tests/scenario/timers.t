# 30, 90, 180 and 365 days, one millisecond before and after.
order Enhanced=5 Basic=5
token T1 days=365
product ucm1
product ucm2
sync every 60d
register ucm1 token=T1 -> OK renew-in=180d expires-in=365d
register ucm2 token=T1
report ucm1 Enhanced=5 -> AUTHORIZED renew-in=30d expires-in=90d
report ucm2 Enhanced=1 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:1
expect ucm1 status="Out Of Compliance"
license Enhanced in-use=6 available=-1 status="Out Of Compliance"
advance 30d
report ucm2 Enhanced=1 -> OUT_OF_COMPLIANCE
# 90 days without contact of the first: its licenses are back, the second one is in compliance.
advance 60d -1ms
expect ucm1 status="Out Of Compliance"
license Enhanced in-use=6
report ucm2 Enhanced=1 -> OUT_OF_COMPLIANCE
advance 1ms
expect ucm1 status="Authorization Expired"
expect ucm2 status=Authorized
license Enhanced in-use=1 available=4
report ucm2 Enhanced=1 -> AUTHORIZED Enhanced:InCompliance:1
# A renewal or a refused message is no contact that authorizes.
advance 90d
renew ucm1 -> OK expires-in=365d renew-in=180d
expect ucm1 status="Authorization Expired"
report ucm1 Enhanced=-1 -> INVALID_REQUEST
expect ucm1 status="Authorization Expired"
license Enhanced in-use=0
# The next report makes it right again.
report ucm1 Enhanced=5 -> AUTHORIZED
expect ucm1 status=Authorized
license Enhanced in-use=5
