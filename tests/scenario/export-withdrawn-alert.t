# The permission is withdrawn: products that use a restricted license are alerted by the synchronization itself, without
# a message of theirs; given back, it is over.
permit-export Acme yes
order "DNA HSEC=10" Enhanced=5
token TX export
token T1
product user
product idle
product plain
register user token=TX
register idle token=TX
register plain token=T1
report user "DNA HSEC=4" -> AUTHORIZED "DNA HSEC:InCompliance:4"
report idle Enhanced=1
permit-export Acme no
raised "Restricted License Not Available" of=user no
sync
raised "Restricted License Not Available" of=user contains="'Acme' is no longer permitted"
raised "Restricted License Not Available" of=user contains="keeps the 4"
raised "Restricted License Not Available" of=idle no
raised "Restricted License Not Available" of=plain no
# It goes on with what it has: no new grant.
report user "DNA HSEC=4" -> AUTHORIZED "DNA HSEC:InCompliance:4" export=NOT_ALLOWED
report user "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:NotAuthorized:4"
report idle "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:NotAuthorized:0"
raised "Restricted License Not Available" of=idle
events alert.raise=2
sync
events alert.raise=2
token TY export -> EXPORT_NOT_ALLOWED
# Tokens from before register without it.
product late
register late token=TX -> OK export=NOT_ALLOWED
report late "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:NotAuthorized:0"
raised "Restricted License Not Available" of=late
# Moved by an administrator, the restriction goes along.
virtual-account add Branch
transfer "DNA HSEC=5" from=Default to=Branch
transfer-instance user to=Branch
report user "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:NotAuthorized:4"
license "DNA HSEC" va=Branch in-use=4
# One ends the use; the permission comes again for the others. The late one was registered without.
report idle Enhanced=1
raised "Restricted License Not Available" of=idle no
permit-export Acme yes
sync
raised "Restricted License Not Available" of=user no
raised "Restricted License Not Available" of=late
report user "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:InCompliance:5" export=ALLOWED
# The satellite does not decide.
permit-export Acme no at=satellite -> CONFLICT says="cloud manager decides"
