# Retries and replays: the message accepted last sent again gets the same response and changes nothing; an older one,
# or the same nonce with other bytes, is REPLAY.
order Enhanced=5
token T1
product ucm1
register ucm1 token=T1 as=r1
resend ucm1 r1 -> SAME
report ucm1 Enhanced=1 as=m1 -> AUTHORIZED
resend ucm1 m1 -> SAME
resend ucm1 m1 -> SAME
# The registration is older now.
resend ucm1 r1 -> REPLAY
report ucm1 Enhanced=2 as=m2
resend ucm1 m1 -> REPLAY
resend ucm1 m2 -> SAME
report ucm1 Enhanced=3 nonce=@m2 -> REPLAY says=nonce
report ucm1 Enhanced=3 nonce=@m1 -> REPLAY
resend ucm1 m2 -> SAME
license Enhanced in-use=2
# Last by arrival, not by timestamp.
report ucm1 Enhanced=3 clock=-30min as=m3
resend ucm1 m2 -> REPLAY
resend ucm1 m3 -> SAME
# A refused message that passed the clock is remembered as well.
report ucm1 Enhanced=-1 as=bad -> INVALID_REQUEST
resend ucm1 bad -> SAME
resend ucm1 m3 -> REPLAY
# A message of the wrong time is not.
report ucm1 Enhanced=4 clock=61min as=late -> CLOCK_SKEW
resend ucm1 late -> CLOCK_SKEW
advance 2min
resend ucm1 late -> AUTHORIZED
resend ucm1 late -> SAME
license Enhanced in-use=4
# Records survive a restart.
restart
resend ucm1 late -> SAME
resend ucm1 m1 -> REPLAY
# Nonces belong to a key: another product may use the same.
product ucm2
register ucm2 token=T1
report ucm2 Enhanced=1 nonce=@late -> AUTHORIZED
# A failed registration leaves no record: the same bytes may succeed later.
product ucm3
token T3 uses=1
product thief
register thief token=T3
register ucm3 token=T3 as=r3 -> TOKEN_EXHAUSTED
resend ucm3 r3 -> TOKEN_EXHAUSTED
# The largest and the smallest nonce.
report ucm1 Enhanced=4 nonce=18446744073709551615 as=max
resend ucm1 max -> SAME
report ucm1 Enhanced=5 nonce=18446744073709551615 -> REPLAY
report ucm1 Enhanced=4 nonce=0
report ucm1 Enhanced=4 nonce=18446744073709551616 -> BAD_REQUEST
report ucm1 Enhanced=4 nonce=007 -> BAD_REQUEST
