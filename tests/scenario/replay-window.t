# The window of one hour, to the millisecond.
order Enhanced=5
token T1
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=1 as=m1
advance 59min 59s
resend ucm1 m1 -> SAME
advance 1s -1ms
resend ucm1 m1 -> SAME
advance 1ms
resend ucm1 m1 -> CLOCK_SKEW
# A product whose clock is ahead: its messages are remembered until their own time plus one hour.
report ucm1 Enhanced=2 clock=59min as=m2
report ucm1 Enhanced=3 as=m3
advance 1h
resend ucm1 m2 -> REPLAY
resend ucm1 m3 -> CLOCK_SKEW
advance 58min 59s
resend ucm1 m2 -> REPLAY
advance 1s
resend ucm1 m2 -> CLOCK_SKEW
license Enhanced in-use=3
# A product whose clock is behind: its message is too old soon.
report ucm1 Enhanced=4 clock=-59min as=m4
advance 59s
resend ucm1 m4 -> SAME
advance 1s
resend ucm1 m4 -> CLOCK_SKEW
# Less than one hour is allowed, either way.
report ucm1 Enhanced=1 clock=3599999ms
report ucm1 Enhanced=1 clock=3600000ms -> CLOCK_SKEW
report ucm1 Enhanced=1 clock=-3599999ms
report ucm1 Enhanced=1 clock=-3600000ms -> CLOCK_SKEW
