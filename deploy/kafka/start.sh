# Starts the broker as the local stack does (stack/kafka.py): one node, its own controller, with a password.
set -eu
umask 077
login="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"headwater\" password=\"$KAFKA_PASSWORD\" user_headwater=\"$KAFKA_PASSWORD\";"
cat > /tmp/server.properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=CLIENT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093
advertised.listeners=CLIENT://kafka:9092
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config=$login
listener.name.controller.plain.sasl.jaas.config=$login
log.dirs=/var/lib/kafka/data
num.partitions=4
compression.type=uncompressed
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
END
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted \
    -t "$(/opt/kafka/bin/kafka-storage.sh random-uuid)" -c /tmp/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /tmp/server.properties
