# Records survive deregistration: what was recorded before cannot be played again, and the retry of the
# deregistration itself is answered as before.
order Enhanced=5
token T1
product ucm1
register ucm1 token=T1 as=r1
report ucm1 Enhanced=2 as=m1
deregister ucm1 as=d1
resend ucm1 d1 -> SAME
resend ucm1 m1 -> REPLAY
resend ucm1 r1 -> REPLAY
license Enhanced in-use=0
report ucm1 Enhanced=2 -> CERTIFICATE_REVOKED
deregister ucm1 -> CERTIFICATE_REVOKED
renew ucm1 -> CERTIFICATE_REVOKED
restart
resend ucm1 r1 -> REPLAY
instances Default=0
token-is T1 ACTIVE uses=1
# A recorded registration within the window does not register again, after it neither.
advance 59min 59s
resend ucm1 r1 -> REPLAY
advance 1s
resend ucm1 r1 -> CLOCK_SKEW
