# Alerts of what happened: raised once, renewed with a new time when it happens again, cleared by rule; one that only
# happened is over 30 days after somebody acknowledged it.
raise duplicate one
alert duplicate source=one severity=MAJOR raised=0ms due=now va=Default says="It happened to one"
advance 1d
alert duplicate raised=-1d
acknowledge duplicate note="a clone in the test lab"
alert duplicate acknowledged=yes by=story
# It lasts: not raised again by who asks first.
raise duplicate one once
alert duplicate acknowledged=yes raised=-1d count=1
# It happened again.
raise duplicate one
alert duplicate acknowledged=no raised=0ms count=1
raise taken-over one
raise duplicate two
alert duplicate count=2
events alert.raise=4 alert.clear=0
clear duplicate one
clear duplicate one
alert duplicate count=1 source=two
alert taken-over source=one
events alert.clear=1
# A new one of that name is not acknowledged.
raise duplicate one
alert duplicate source=one acknowledged=no
clear duplicate one
# Seen: shown for 30 days more.
advance 100d
alert duplicate source=two acknowledged=no
acknowledge duplicate source=two
advance 30d -1ms
alert duplicate source=two acknowledged=yes
advance 1ms
no-alert duplicate
# A refused license stays refused.
raise restricted-license three
acknowledge restricted-license
advance 100d
alert restricted-license acknowledged=yes
# More than ten of a kind in a virtual account are told together.
raise reservation-returned r0
raise reservation-returned r1
raise reservation-returned r2
raise reservation-returned r3
raise reservation-returned r4
raise reservation-returned r5
raise reservation-returned r6
raise reservation-returned r7
raise reservation-returned r8
raise reservation-returned r9
alert reservation-returned count=10 of=1 severity=MINOR
raise reservation-returned r10
alert reservation-returned count=1 of=11 va=Default says="11 alerts 'Reserved Licenses Returned' are open in 'Default'"
# A virtual account that is deleted leaves its alerts to the account.
virtual-account add Branch
raise duplicate four va=Branch
alert duplicate va=Branch
virtual-account delete Branch
alert duplicate source=four account=Acme
no-alert duplicate va=Branch
