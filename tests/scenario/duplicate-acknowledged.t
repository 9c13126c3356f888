# An acknowledged alert about a duplicate is raised no more for the same instance, moves with it to another virtual
# account, and is over with it; about the next one it is raised anew.
order Enhanced=50
virtual-account add Branch
token T1
product ucm1
address ucm1 192.0.2.10
register ucm1 token=T1
report ucm1 Enhanced=5
clone ucm1 twin address=192.0.2.20
report twin Enhanced=7
report ucm1 Enhanced=5
report twin Enhanced=7
alert duplicate severity=MAJOR va=Default
acknowledge duplicate note="the copy is being rebuilt"
advance 1d
report ucm1 Enhanced=5
report twin Enhanced=7
report ucm1 Enhanced=5
report twin Enhanced=7
events alert.raise=1
transfer-instance ucm1 to=Branch force
alert duplicate va=Branch acknowledged=yes
no-alert duplicate va=Default
token TB va=Default
register ucm1 token=TB force -> OK virtual-account=Default
no-alert duplicate
# The copy lost its certificate by that. Cloned again, it is told again.
report twin Enhanced=7 -> CERTIFICATE_REVOKED
clone ucm1 third address=192.0.2.30
report ucm1 Enhanced=5
report third Enhanced=7
report ucm1 Enhanced=5
report third Enhanced=7
alert duplicate va=Default says=192.0.2.30 acknowledged=no
