# Each must come back within two refreshes of the usage, 48 hours, to the millisecond.
order Enhanced=50
token T1 days=365
product ucm1
address ucm1 192.0.2.10
register ucm1 token=T1
report ucm1 Enhanced=5
clone ucm1 twin address=192.0.2.20
advance 1h
report twin Enhanced=7
advance 47h 1ms
report ucm1 Enhanced=5
# That was too late to count; these two are in time.
advance 1h -1ms
report twin Enhanced=7
raised "Duplicate Product Instance" of=ucm1 no
advance 47h
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1
# The same registration again changes nothing; a new one ends it, and counting begins anew.
register ucm1 token=T1 force -> OK certificate=same
raised "Duplicate Product Instance" of=ucm1
token T2
register ucm1 token=T2 force -> OK identifier=same
raised "Duplicate Product Instance" of=ucm1 no
clone ucm1 again address=192.0.2.20
report ucm1 Enhanced=5
report again Enhanced=7
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 no
report again Enhanced=7
raised "Duplicate Product Instance" of=ucm1
deregister ucm1
raised "Duplicate Product Instance" of=ucm1 no
