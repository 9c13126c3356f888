# At the cloud manager: products that are registered directly are alerted when the permission is withdrawn, at once.
order "DNA HSEC=5" va=Direct
token TD at=manager va=Direct export -> EXPORT_NOT_ALLOWED
permit-export Acme yes
permit-export Acme yes
token TD at=manager va=Direct export
token-is TD ACTIVE at=manager terms=story
token TP at=manager va=Direct
token-is TP ACTIVE at=manager terms=none
product direct at=manager
register direct token=TD -> OK export=ALLOWED
report direct "DNA HSEC=3" -> AUTHORIZED
permit-export Acme no
raised "Restricted License Not Available" of=direct contains="keeps the 3"
report direct "DNA HSEC=3" -> AUTHORIZED "DNA HSEC:InCompliance:3" export=NOT_ALLOWED
report direct "DNA HSEC=0"
raised "Restricted License Not Available" of=direct no
report direct "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:NotAuthorized:0"
raised "Restricted License Not Available" of=direct
permit-export Acme yes
raised "Restricted License Not Available" of=direct no
events at=manager account.permit-export=3
