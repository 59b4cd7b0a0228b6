/*
 * librdkafka's mock cluster on loopback. Arguments: brokers, topic, partitions. Says its addresses on a line; then each line
 * of input, `API CODE TIMES`, lets the next requests of that kind be answered with the code. Ends with its input.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  char message[512], line[128];
  if (argc != 4) return 2;
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "log_level", "0", message, sizeof message);
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, message, sizeof message);
  if (client == NULL) return 1;
  rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, atoi(argv[1]));
  rd_kafka_mock_topic_create(cluster, argv[2], atoi(argv[3]), 1);
  printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    int api, code, times;
    if (sscanf(line, "%d %d %d", &api, &code, &times) != 3) return 2;
    for (; times > 0; times--) rd_kafka_mock_push_request_errors(cluster, api, 1, code);
    printf("done\n");
    fflush(stdout);
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(client);
  return 0;
}
