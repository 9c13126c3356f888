# One year after the registration, without a renewal, the product is unregistered; it registers again as a new
# instance with a new identifier, without force.
order Enhanced=5
token T1 days=800
token T2 days=800
product ucm1
product rebuilt udi=ucm1
sync every 60d
register ucm1 token=T1
advance 300d
report ucm1 Enhanced=5 -> AUTHORIZED expires-in=90d
advance 65d -1ms
expect ucm1 status=Authorized
license Enhanced in-use=5
register rebuilt token=T2 -> ALREADY_REGISTERED
report ucm1 Enhanced=5 as=m1 -> AUTHORIZED
# The authorization would last longer than the registration.
advance 1ms
expect ucm1 status="Registration Expired"
license Enhanced in-use=0
report ucm1 Enhanced=5 -> CERTIFICATE_EXPIRED
renew ucm1 -> CERTIFICATE_EXPIRED
deregister ucm1 -> CERTIFICATE_EXPIRED
resend ucm1 m1 -> REPLAY
license Enhanced in-use=0
# The same key and token again is a new registration now.
register ucm1 token=T1 -> OK identifier=new certificate=new
expect ucm1 identifier=new status=Registered
token-is T1 ACTIVE uses=2
report ucm1 Enhanced=3 -> AUTHORIZED
# The old certificate is past its end: nothing is known of it any more.
report ucm1 cert=1 Enhanced=5 -> UNKNOWN_INSTANCE
license Enhanced in-use=3
instances Default=1
events instance.replace=1 instance.register=2
# Another machine of that UDI, after one more year.
advance 365d
register rebuilt token=T2 -> OK identifier=new
instances Default=1
