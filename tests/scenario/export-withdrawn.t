# The permission is withdrawn by a new authorization file: granted = min(granted before, asked), the rest
# NotAuthorized; tokens with the flag register as NOT_ALLOWED.
permit-export Acme yes
order "DNA HSEC=10" Enhanced=5
token TX export
product ucm1
product late
register ucm1 token=TX -> OK export=ALLOWED
report ucm1 "DNA HSEC=4" -> AUTHORIZED "DNA HSEC:InCompliance:4"
permit-export Acme no
# Until the satellite learns it.
report ucm1 "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:InCompliance:5" export=ALLOWED
sync
account-is Acme export=no
report ucm1 "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:InCompliance:5" export=NOT_ALLOWED
report ucm1 "DNA HSEC=7" Enhanced=1 -> AUTHORIZED "DNA HSEC:NotAuthorized:5" Enhanced:InCompliance:1 export=NOT_ALLOWED
license "DNA HSEC" in-use=5
expect ucm1 status=Authorized
# What is given back does not come again.
report ucm1 "DNA HSEC=3" -> AUTHORIZED "DNA HSEC:InCompliance:3"
report ucm1 "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:NotAuthorized:3"
report ucm1 "DNA HSEC=0"
report ucm1 "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:NotAuthorized:0"
license "DNA HSEC" in-use=0
register late token=TX -> OK export=NOT_ALLOWED
report late "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:NotAuthorized:0"
token TY export -> EXPORT_NOT_ALLOWED
# Permitted again: the first one may again.
permit-export Acme yes
sync
report ucm1 "DNA HSEC=5" -> AUTHORIZED "DNA HSEC:InCompliance:5" export=ALLOWED
