# Restricted License Not Available: raised when a product asks for what it may not, over when it stops or may.
order "DNA HSEC=5" Enhanced=5
token T1
product plain serial=S-1
register plain token=T1 -> OK export=NOT_ALLOWED
report plain Enhanced=1
raised "Restricted License Not Available" of=plain no
report plain Enhanced=1 "DNA HSEC=2" -> AUTHORIZED Enhanced:InCompliance:1 "DNA HSEC:NotAuthorized:0"
raised "Restricted License Not Available" of=plain contains="plain (PID UCM, SN S-1) asks for 2 of DNA HSEC"
raised "Restricted License Not Available" of=plain contains="the account needs the permission first"
# The same again is no new alert.
advance 1d
report plain Enhanced=1 "DNA HSEC=2"
events alert.raise=1
report plain Enhanced=1
raised "Restricted License Not Available" of=plain no
report plain "DNA HSEC=2"
events alert.raise=2 alert.clear=1
# Registered again with a token that allows it: over with the next report.
permit-export Acme yes
sync
token TX export
raised "Restricted License Not Available" of=plain
register plain token=TX force -> OK export=ALLOWED
report plain "DNA HSEC=2" -> AUTHORIZED "DNA HSEC:InCompliance:2"
raised "Restricted License Not Available" of=plain no
# And gone with the product instance.
register plain token=T1 force -> OK export=NOT_ALLOWED
report plain "DNA HSEC=2" -> AUTHORIZED "DNA HSEC:NotAuthorized:0"
raised "Restricted License Not Available" of=plain
deregister plain
raised "Restricted License Not Available" of=plain no
