# Somebody sets the server's clock: recorded messages do not come alive, nothing that ended is revived, and nothing
# expires by the jump.
order Enhanced=5
token T1 days=1
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=1 as=m1
report ucm1 Enhanced=2 as=m2
advance 2h
report ucm1 Enhanced=3
advance 23h
report ucm1 Enhanced=3
token-is T1 EXPIRED
# Back to where the token was good and the messages young.
clock -25h
resend ucm1 m1 -> CLOCK_SKEW
resend ucm1 m2 -> CLOCK_SKEW
token-is T1 EXPIRED
product ucm2
skew ucm2 25h
# Nothing long-lived is issued meanwhile.
register ucm2 token=T1 -> OK_TRY_AGAIN
renew ucm1 clock=25h -> OK_TRY_AGAIN
instances Default=1
license Enhanced in-use=3
restart
skew ucm1 25h
report ucm1 Enhanced=3
license Enhanced in-use=3
# Right again.
clock 25h
skew ucm1 0s
report ucm1 Enhanced=3
# The restart found it wrong once more.
events clock.jump=2 clock.right=1
# Forwards: nothing expires by the jump, until an administrator says that it was right.
clock 100d
expect ucm1 status=Authorized
license Enhanced in-use=3
report ucm1 Enhanced=2 -> CLOCK_SKEW
clock accept
expect ucm1 status="Authorization Expired"
license Enhanced in-use=0
events clock.accept=1
