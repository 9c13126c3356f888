# A product renews, saves the new certificate and is then silent: its registration is the new one's year.
order Enhanced=5
token T1 days=800
product ucm1
product copy udi=ucm1
sync every 60d
register ucm1 token=T1
report ucm1 Enhanced=2
advance 180d
renew ucm1 -> OK expires-in=365d
advance 184d
report ucm1 cert=1 Enhanced=2 -> AUTHORIZED
advance 1d
expect ucm1 status=Authorized
report ucm1 cert=1 Enhanced=2 -> CERTIFICATE_EXPIRED
register copy token=T1 -> ALREADY_REGISTERED
advance 100d
expect ucm1 status="Authorization Expired"
report ucm1 Enhanced=2 -> AUTHORIZED
expect ucm1 status=Authorized
advance 80d -1ms
expect ucm1 status=Authorized
advance 1ms
expect ucm1 status="Registration Expired"
report ucm1 Enhanced=2 -> CERTIFICATE_EXPIRED
license Enhanced in-use=0
# A renewal late in the year lengthens what the authorization may hold.
product late
token T2 days=800
register late token=T2
advance 340d
report late Enhanced=1
advance 10d
renew late
advance 16d
license Enhanced in-use=1
advance 64d -1ms
expect late status=Authorized
license Enhanced in-use=1
advance 1ms
expect late status="Authorization Expired"
license Enhanced in-use=0
