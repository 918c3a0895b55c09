"""Hands the notifier again what it gave up, from the dead letters of its stream. Used by `make replay`.

A dead letter holds a position in the stream of the cases table and no record; the stream keeps records for 24 hours.
Without --execute it only shows what it would do. A letter is deleted when the notifier has taken every record of it;
taking one twice is harmless, for the notifier claims each delivery before it sends.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloud import Cloud, CloudError  # noqa: E402 - found beside this file

# Records of one invocation, as in the template.
BATCH = 25
# How long letters are hidden from others meanwhile: longer than replaying a full receipt takes.
HIDDEN_SECONDS = 900


@dataclass(frozen=True)
class Letter:
    """One dead letter: where the lost records begin and end."""

    receipt: str
    arrival: str
    stream: str
    shard: str
    first: str
    last: str

    @classmethod
    def read(cls, message):
        """Reads a message of the queue."""
        try:
            info = json.loads(message["Body"])["DDBStreamBatchInfo"]
            return cls(
                receipt=message["ReceiptHandle"],
                arrival=info["approximateArrivalOfFirstRecord"],
                stream=info["streamArn"],
                shard=info["shardId"],
                first=info["startSequenceNumber"],
                last=info["endSequenceNumber"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CloudError(f"a message that is no dead letter of a stream: {message.get('MessageId')}") from error


def letters(cloud, queue):
    """Every letter that can be had, oldest first; they are hidden from others until put back."""
    found = []
    while True:
        answer = cloud.call(
            *("sqs", "receive-message", "--queue-url", queue, "--max-number-of-messages", "10"),
            *("--visibility-timeout", str(HIDDEN_SECONDS), "--wait-time-seconds", "1"),
        )
        messages = (answer or {}).get("Messages", [])
        if not messages:
            return sorted(found, key=lambda letter: (letter.arrival, int(letter.first)))
        found.extend(map(Letter.read, messages))


def put_back(cloud, queue, letter):
    """Lets others see a letter again."""
    cloud.text(
        *("sqs", "change-message-visibility", "--queue-url", queue),
        *("--receipt-handle", letter.receipt, "--visibility-timeout", "0"),
    )


def records(cloud, letter):
    """The records between the letter's positions, as a function sees them."""
    answer = cloud.call(
        *("dynamodbstreams", "get-shard-iterator", "--stream-arn", letter.stream, "--shard-id", letter.shard),
        *("--shard-iterator-type", "AT_SEQUENCE_NUMBER", "--sequence-number", letter.first),
    )
    iterator, found = answer["ShardIterator"], []
    while iterator:
        page = cloud.call("dynamodbstreams", "get-records", "--shard-iterator", iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > int(letter.last):
                return found
            found.append(as_event(record, letter.stream))
        if found and found[-1]["dynamodb"]["SequenceNumber"] == letter.last:
            return found
        # An open shard has always one more page: an empty one says that nothing came after.
        iterator = page.get("NextShardIterator") if page["Records"] else None
    return found


def as_event(record, stream):
    """A record as the mapping hands it to a function; the CLI may write its time as a date."""
    change = dict(record["dynamodb"])
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, str):
        change["ApproximateCreationDateTime"] = datetime.fromisoformat(created.replace("Z", "+00:00")).timestamp()
    return {**record, "dynamodb": change, "eventSourceARN": stream}


def told(record):
    """What a record is about, without anything personal."""
    keys = record["dynamodb"]["Keys"]
    return f"{record['eventName']:7}{keys['pk']['S']}  {keys['sk']['S']}"


def hand_over(cloud, function, batch):
    """Invokes the notifier with records; answers how many it took before the first that it could not."""
    with tempfile.TemporaryDirectory() as folder:
        payload, answer = Path(folder, "payload.json"), Path(folder, "answer.json")
        payload.write_text(json.dumps({"Records": batch}), "utf-8")
        said = cloud.call("lambda", "invoke", "--function-name", function, "--payload", f"fileb://{payload}", str(answer))
        text = answer.read_text("utf-8")
    if said.get("FunctionError"):
        raise CloudError(f"the notifier failed: {text}")
    failures = [failure["itemIdentifier"] for failure in json.loads(text)["batchItemFailures"]]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return min((numbers.index(failed) if failed in numbers else 0 for failed in failures), default=len(batch))


def replay(cloud, queue, function, letter, execute):
    """One letter: shows its records and, when asked to, hands them over; answers whether it is done with."""
    lost = records(cloud, letter)
    print(f"{letter.arrival}  {letter.shard}  {letter.first} to {letter.last}: {len(lost)} records")
    for record in lost:
        print(f"  {told(record)}")
    if not lost:
        print("  The stream keeps them no more; see the runbook for what is left to do.")
        return False
    if not execute:
        return False
    for start in range(0, len(lost), BATCH):
        batch = lost[start : start + BATCH]
        taken = hand_over(cloud, function, batch)
        if taken < len(batch):
            print(f"  The notifier still cannot take {told(batch[taken])}; its log says why.")
            return False
    cloud.text("sqs", "delete-message", "--queue-url", queue, "--receipt-handle", letter.receipt)
    print("  taken")
    return True


def replay_all(cloud, stack, execute):
    """All letters of a stack; answers how many there were and how many are left."""
    queue = cloud.resource(stack, "NotifierDeadLetters")
    function = cloud.resource(stack, "NotifierFunction")
    waiting = letters(cloud, queue)
    left = 0
    for letter in waiting:
        done = False
        try:
            done = replay(cloud, queue, function, letter, execute)
        except CloudError as error:
            print(f"  {error}")
        finally:
            if not done:
                left += 1
                put_back(cloud, queue, letter)
    return len(waiting), left


def main(arguments):
    parser = argparse.ArgumentParser(
        description="Hands the notifier again what it gave up, from its dead letters; they must be younger than a day.",
        epilog="example: replay.py --stack zhitiao --region cn-north-1, and the same with --execute when it looks right",
    )
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--region", required=True, help="such as cn-north-1")
    parser.add_argument("--execute", action="store_true", help="do it; without this it is only shown")
    options = parser.parse_args(arguments)
    if not options.stack or not options.region:
        raise CloudError("say which and where: STACK=zhitiao REGION=cn-north-1, for example")
    count, left = replay_all(Cloud(options.region), options.stack, options.execute)
    if not count:
        print("No dead letters.")
    elif not options.execute:
        print(f"{count} dead letters; nothing was done.")
    else:
        print(f"{count} dead letters, {left} left.")
        if left:
            sys.exit(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"replay: {refusal}")
