// kafkajs as it comes: one producer connects.
const { Kafka, logLevel } = require("kafkajs");
const kafka = new Kafka({ brokers: [`${process.argv[2]}:${process.argv[3]}`], logLevel: logLevel.NOTHING });
kafka.producer().connect().then(() => process.exit(0), () => process.exit(1));
