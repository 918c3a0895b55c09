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
# Pages of the stream that are read for one letter: an open shard has always one more, and empty ones come in between.
PAGES = 200
# How long the CLI waits for the notifier, which may take the 60 s of its Timeout; its own default is as long as that.
ANSWER_SECONDS = 90
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


def received(cloud, queue):
    """Every message that can be had; they are hidden from others until put back."""
    while True:
        answer = cloud.call(
            *("sqs", "receive-message", "--queue-url", queue, "--max-number-of-messages", "10"),
            *("--visibility-timeout", str(HIDDEN_SECONDS), "--wait-time-seconds", "1"),
        )
        messages = (answer or {}).get("Messages", [])
        if not messages:
            return
        yield from messages


def letters(messages):
    """The letters among messages, oldest first; what is none is named."""
    found = []
    for message in messages:
        try:
            found.append(Letter.read(message))
        except CloudError as error:
            print(error)
    return sorted(found, key=lambda letter: (letter.arrival, int(letter.first)))


def put_back(cloud, queue, receipts):
    """Lets others see messages again."""
    for receipt in receipts:
        try:
            cloud.text(
                *("sqs", "change-message-visibility", "--queue-url", queue),
                *("--receipt-handle", receipt, "--visibility-timeout", "0"),
            )
        except CloudError as error:
            print(f"a message stays hidden for {HIDDEN_SECONDS} seconds: {error}")


def records(cloud, letter):
    """The records between the letter's positions, as a function sees them, and how many deletions were among them.

    The mapping hands no deletion to the function, and one has no image that could be read.
    """
    found = between(cloud, letter)
    kept = [as_event(record, letter.stream) for record in found if record["eventName"] != "REMOVE"]
    return kept, len(found) - len(kept)


def between(cloud, letter):
    """All records between the letter's positions, up to the last one or the end of a shard that is closed."""
    answer = cloud.call(
        *("dynamodbstreams", "get-shard-iterator", "--stream-arn", letter.stream, "--shard-id", letter.shard),
        *("--shard-iterator-type", "AT_SEQUENCE_NUMBER", "--sequence-number", letter.first),
    )
    iterator, found = answer["ShardIterator"], []
    for _ in range(PAGES):
        page = cloud.call("dynamodbstreams", "get-records", "--shard-iterator", iterator)
        for record in page["Records"]:
            number = int(record["dynamodb"]["SequenceNumber"])
            if number <= int(letter.last):
                found.append(record)
            if number >= int(letter.last):
                return found
        iterator = page.get("NextShardIterator")
        if not iterator:
            print(f"{letter.shard} is closed and ends before {letter.last}: what it still has is all there is.")
            return found
    raise CloudError(f"{letter.shard} did not come to {letter.last} in {PAGES} pages; run this again")


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
        said = cloud.call(
            *("lambda", "invoke", "--function-name", function, "--payload", f"fileb://{payload}"),
            *("--cli-read-timeout", str(ANSWER_SECONDS), str(answer)),
        )
        text = answer.read_text("utf-8")
    if said.get("FunctionError"):
        raise CloudError(f"the notifier failed: {text}")
    failures = [failure["itemIdentifier"] for failure in json.loads(text)["batchItemFailures"]]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return min((numbers.index(failed) if failed in numbers else 0 for failed in failures), default=len(batch))


def replay(cloud, queue, function, letter, execute):
    """One letter: shows its records and, when asked to, hands them over; answers whether it is done with."""
    lost, deletions = records(cloud, letter)
    besides = f", and {deletions} deletions that nobody is told of" if deletions else ""
    print(f"{letter.arrival}  {letter.shard}  {letter.first} to {letter.last}: {len(lost)} records{besides}")
    for record in lost:
        print(f"  {told(record)}")
    if not lost and not deletions:
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
    hidden = {}
    try:
        for message in received(cloud, queue):
            hidden[message["ReceiptHandle"]] = message
        count = len(hidden)
        for letter in letters(hidden.values()):
            try:
                if replay(cloud, queue, function, letter, execute):
                    del hidden[letter.receipt]
            except CloudError as error:
                print(f"  {error}")
        return count, len(hidden)
    finally:
        put_back(cloud, queue, hidden)


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
