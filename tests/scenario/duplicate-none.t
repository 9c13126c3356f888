# One product is not taken for two: new addresses, two ways out, changing usage, retries, being set back to a backup.
order Enhanced=50
token T1 days=365
product ucm1
address ucm1 192.0.2.10
register ucm1 token=T1
report ucm1 Enhanced=5
# A new address, and the old one again, with the same usage, for days: two ways out, or DHCP.
advance 24h
report ucm1 Enhanced=5 from=192.0.2.20
advance 24h
report ucm1 Enhanced=5
advance 24h
report ucm1 Enhanced=5 from=192.0.2.20
advance 24h
report ucm1 Enhanced=5
# The usage changes back and forth at one address.
report ucm1 Enhanced=6
report ucm1 Enhanced=5
report ucm1 Enhanced=6
report ucm1 Enhanced=5
# Both at once: it carries its usage along from one address to the other.
report ucm1 Enhanced=6
report ucm1 Enhanced=6 from=192.0.2.20
report ucm1 Enhanced=5 from=192.0.2.20
report ucm1 Enhanced=5
report ucm1 Enhanced=6
report ucm1 Enhanced=6 from=192.0.2.20
report ucm1 Enhanced=5 from=192.0.2.20
report ucm1 Enhanced=5
raised "Duplicate Product Instance" of=ucm1 no
# A new address at every report, with new usage.
report ucm1 Enhanced=6 from=192.0.2.31
report ucm1 Enhanced=5 from=192.0.2.32
report ucm1 Enhanced=6 from=192.0.2.33
report ucm1 Enhanced=5 from=192.0.2.34
# The same message again from elsewhere is no new one.
report ucm1 Enhanced=7 as=m7
resend ucm1 m7 from=192.0.2.20 -> SAME
report ucm1 Enhanced=8 from=192.0.2.20 as=m8
resend ucm1 m8 -> SAME
resend ucm1 m7 -> REPLAY
raised "Duplicate Product Instance" of=ucm1 no
# Set back to a backup once, at another address, and brought up to date there.
clone ucm1 restored address=192.0.2.50
advance 24h
report ucm1 Enhanced=9
advance 24h
report restored Enhanced=8
report restored Enhanced=9
advance 24h
report restored Enhanced=9
raised "Duplicate Product Instance" of=ucm1 no
events alert.raise=0
