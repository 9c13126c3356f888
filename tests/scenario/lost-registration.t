# The answer to a registration is lost: the same bytes again get the same answer; a new message with the same key
# and token gets the same certificate.
order Enhanced=5
token T1 uses=1
product ucm1
register ucm1 token=T1 lost -> OK certificate=new
resend ucm1 -> SAME
report ucm1 Enhanced=1
product ucm2
register ucm2 token=T1 -> TOKEN_EXHAUSTED
token T2 uses=1
register ucm2 token=T2 lost
advance 2h
# The message is too old now, a new one settles it.
resend ucm2 -> CLOCK_SKEW
register ucm2 token=T2 -> OK certificate=same
instances Default=2
token-is T2 EXHAUSTED uses=1
events instance.register=2
