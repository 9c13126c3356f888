# The registration's timers at the server: renewed after 6 months, expired after a year without renewal, each to the
# millisecond; the year begins with the certificate, not with its first use.
order Enhanced=5
token T1 days=800
product ucm1
product never
product late
sync every 60d
register ucm1 token=T1 -> OK renew-in=180d expires-in=365d
register never token=T1
register late token=T1
# Who never reported has no authorization that could expire, and no licenses to give back.
advance 90d
expect never status=Registered
expect ucm1 status=Registered
report ucm1 Enhanced=5 -> AUTHORIZED renew-in=30d expires-in=90d
advance 90d -1ms
expect ucm1 status=Authorized
# 180 days: the renewal, on the day it is due; the answer counts from now.
advance 1ms
expect ucm1 status="Authorization Expired"
renew ucm1 -> OK renew-in=180d expires-in=365d
report ucm1 Enhanced=5 -> AUTHORIZED
# One second before the year is over a renewal still goes (certificates have whole seconds).
advance 185d -1s
renew late -> OK expires-in=365d
advance 999ms
expect never status=Registered
advance 1ms
expect never status="Registration Expired"
expect late status=Registered
renew never -> CERTIFICATE_EXPIRED
report never Enhanced=1 -> CERTIFICATE_EXPIRED
# The renewed ones live on to the end of their newest certificate, whether or not it was used yet.
report late cert=1 Enhanced=1 -> CERTIFICATE_EXPIRED
report late Enhanced=1 -> AUTHORIZED
advance 180d -1ms
report ucm1 Enhanced=5 -> AUTHORIZED
expect ucm1 status=Authorized
advance 1ms
expect ucm1 status="Registration Expired"
expect late status="Authorization Expired"
license Enhanced in-use=0
advance 185d -1s -1ms
expect late status="Authorization Expired"
advance 1ms
expect late status="Registration Expired"
events instance.expire=4
