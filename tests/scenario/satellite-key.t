# A satellite is known by its UUID and by the key that asks for authority. The same UUID with another key is refused until
# that satellite is removed at the manager.
order Enhanced=5
new-key satellite
export F1 registration
authorize F1 A1 -> SATELLITE_KEY_CHANGED says="remove it here first"
remove-satellite satellite
authorize F1 A1
import A1
license Enhanced quantity=5
token T1
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=5
