# What makes a product instance: pid, serial number, UUID and software tag together.
order Enhanced=5
token T1
product a pid=UCM serial=100 uuid=6fe83addc80240bc92dc071ac7a37624
product serial pid=UCM serial=101 uuid=6fe83addc80240bc92dc071ac7a37624
product uuid pid=UCM serial=100 uuid=6fe83addc80240bc92dc071ac7a37625
product pid pid=UCM_SME serial=100 uuid=6fe83addc80240bc92dc071ac7a37624
product upper pid=UCM serial=100 uuid=6FE83ADDC80240BC92DC071AC7A37624
product dashes pid=UCM serial=100 uuid=6fe83addc80240bc92dc071ac7a37624
register a token=T1
register serial token=T1
register uuid token=T1
register pid token=T1
instances Default=4
# Case makes no difference.
register upper token=T1 -> ALREADY_REGISTERED
register dashes token=T1 -> ALREADY_REGISTERED
# One key may serve several product instances.
product b key=p256
register b token=T1 key=a
report b Enhanced=1
report a Enhanced=1
instances Default=5
license Enhanced in-use=2
deregister b
report a Enhanced=2
license Enhanced in-use=2
