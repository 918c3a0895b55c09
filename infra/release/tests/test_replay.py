"""What is done with dead letters: a queue, a stream and a notifier in memory that answer as the CLI prints them."""

import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import replay  # noqa: E402
from cloud import CloudError  # noqa: E402

STREAM = "arn:aws-cn:dynamodb:cn-north-1:1:table/cases/stream/2026-11-23T00:00:00.000"


def record(number, deleted=()):
    image = {} if number in deleted else {"NewImage": {"h": {"B": "AAEC"}}}
    return {
        "eventID": f"e{number}",
        "eventName": "REMOVE" if number in deleted else "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": "2026-11-23T09:00:00+08:00",
            "Keys": {"pk": {"S": "shinan#K7M39QXD"}, "sk": {"S": f"EVENT#{number:08}"}},
            **image,
            "SequenceNumber": str(number),
        },
    }


def letter(first, last, arrival="2026-11-23T01:00:00Z"):
    info = {"shardId": "shard-1", "startSequenceNumber": str(first), "endSequenceNumber": str(last)}
    return {"DDBStreamBatchInfo": {**info, "approximateArrivalOfFirstRecord": arrival, "streamArn": STREAM}}


class Cloud:
    """A stack whose stream holds records 1 to `length` in pages of three, with so many empty pages before each.

    Those in `deleted` are deletions; the notifier cannot take `poison`; a closed stream ends with its last record.
    """

    def __init__(self, *bodies, length=60, trimmed=0, empty=0, closed=False, deleted=(), poison=None, crashes=False):
        self.queue = {f"r{index}": json.dumps(body) for index, body in enumerate(bodies)}
        self.hidden, self.taken, self.patience = set(), [], None
        self.length, self.trimmed, self.empty, self.closed = length, trimmed, empty, closed
        self.deleted, self.poison, self.crashes = deleted, poison, crashes

    def resource(self, stack, logical):
        return f"{stack}-{logical}"

    def text(self, service, action, *arguments):
        given = dict(zip(arguments[::2], arguments[1::2]))
        if action == "delete-message":
            del self.queue[given["--receipt-handle"]]
        elif action == "change-message-visibility":
            self.hidden.discard(given["--receipt-handle"])
        return ""

    def call(self, service, action, *arguments):
        given = dict(zip(arguments[::2], arguments[1::2]))
        return getattr(self, action.replace("-", "_"))(given, arguments)

    def receive_message(self, given, _):
        seen = [receipt for receipt in self.queue if receipt not in self.hidden][:10]
        self.hidden.update(seen)
        messages = [{"MessageId": one, "ReceiptHandle": one, "Body": self.queue[one]} for one in seen]
        return {"Messages": messages} if messages else None

    def get_shard_iterator(self, given, _):
        if int(given["--sequence-number"]) <= self.trimmed:
            raise CloudError("`aws dynamodbstreams get-shard-iterator` failed: TrimmedDataAccessException")
        return {"ShardIterator": f"{given['--sequence-number']}:{self.empty}"}

    def get_records(self, given, _):
        start, empty = map(int, given["--shard-iterator"].split(":"))
        if empty:
            return {"Records": [], "NextShardIterator": f"{start}:{empty - 1}"}
        page = list(range(start, min(start + 3, self.length + 1)))
        following = start + len(page)
        answer = {"Records": [record(number, self.deleted) for number in page]}
        if not self.closed or following <= self.length:
            answer["NextShardIterator"] = f"{following}:{self.empty}"
        return answer

    def invoke(self, given, arguments):
        event = json.loads(Path(given["--payload"].removeprefix("fileb://")).read_text("utf-8"))
        answer = Path(arguments[-1])
        self.patience = int(given["--cli-read-timeout"])
        failures = []
        for one in event["Records"]:
            assert "NewImage" in one["dynamodb"], "the mapping hands over no deletion"
            number = one["dynamodb"]["SequenceNumber"]
            if number == str(self.poison):
                failures.append({"itemIdentifier": number})
                break
            self.taken.append(one)
        answer.write_text(json.dumps({"batchItemFailures": failures}), "utf-8")
        return {"StatusCode": 200, "FunctionError": "Unhandled"} if self.crashes else {"StatusCode": 200}

    def numbers(self):
        return [int(one["dynamodb"]["SequenceNumber"]) for one in self.taken]


class Replay(unittest.TestCase):
    def run_with(self, cloud, execute=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            counts = replay.replay_all(cloud, "zhitiao", execute)
        self.assertFalse(cloud.hidden & set(cloud.queue), "what is left can be seen by others")
        return counts, printed.getvalue()

    def test_exactly_the_lost_records_are_handed_over_in_order_and_the_letters_go(self):
        cloud = Cloud(letter(40, 41, "2026-11-23T02:00:00Z"), letter(5, 9))
        counts, _ = self.run_with(cloud)
        self.assertEqual(counts, (2, 0))
        self.assertEqual(cloud.numbers(), [5, 6, 7, 8, 9, 40, 41])
        self.assertEqual(cloud.queue, {})

    def test_a_dry_run_shows_cases_and_events_and_changes_nothing(self):
        cloud = Cloud(letter(5, 6))
        counts, printed = self.run_with(cloud, execute=False)
        self.assertEqual((counts, cloud.taken, list(cloud.queue)), ((1, 1), [], ["r0"]))
        self.assertIn("INSERT shinan#K7M39QXD  EVENT#00000006", printed)
        self.assertNotIn("AAEC", printed)

    def test_a_record_that_still_fails_keeps_its_letter_and_lets_the_others_go(self):
        cloud = Cloud(letter(5, 9), letter(20, 21, "2026-11-23T02:00:00Z"), poison=7)
        counts, printed = self.run_with(cloud)
        self.assertEqual(counts, (2, 1))
        self.assertEqual((cloud.numbers(), list(cloud.queue)), ([5, 6, 20, 21], ["r0"]))
        self.assertIn("EVENT#00000007", printed)

    def test_a_notifier_that_crashes_keeps_the_letter(self):
        cloud = Cloud(letter(5, 9), crashes=True)
        counts, printed = self.run_with(cloud)
        self.assertEqual((counts, list(cloud.queue)), ((1, 1), ["r0"]))
        self.assertIn("the notifier failed", printed)

    def test_records_that_the_stream_no_longer_has_keep_the_letter_and_say_so(self):
        cloud = Cloud(letter(5, 9), trimmed=10)
        counts, printed = self.run_with(cloud)
        self.assertEqual((counts, cloud.taken, list(cloud.queue)), ((1, 1), [], ["r0"]))
        self.assertIn("TrimmedDataAccessException", printed)
        self.assertIn("keeps them no more", self.run_with(Cloud(letter(100, 101), closed=True))[1])

    def test_more_letters_and_records_than_one_request_takes(self):
        cloud = Cloud(*(letter(number, number) for number in range(1, 24)), letter(24, 60))
        self.assertEqual(self.run_with(cloud)[0], (24, 0))
        self.assertEqual(cloud.numbers(), list(range(1, 61)))

    def test_a_function_gets_records_as_from_the_mapping(self):
        cloud = Cloud(letter(5, 5))
        self.run_with(cloud)
        (one,) = cloud.taken
        self.assertEqual(one["eventSourceARN"], STREAM)
        self.assertEqual(one["dynamodb"]["ApproximateCreationDateTime"], 1795395600.0)
        self.assertEqual(one["dynamodb"]["NewImage"], {"h": {"B": "AAEC"}})

    def test_a_message_that_is_no_dead_letter_is_named_and_left_and_the_others_go_on(self):
        cloud = Cloud({"hello": "there"}, letter(5, 6))
        counts, printed = self.run_with(cloud)
        self.assertEqual((counts, cloud.numbers(), list(cloud.queue)), ((2, 1), [5, 6], ["r0"]))
        self.assertIn("no dead letter of a stream: r0", printed)

    def test_empty_pages_are_no_end(self):
        cloud = Cloud(letter(5, 9), empty=4)
        self.assertEqual((self.run_with(cloud)[0], cloud.numbers()), ((1, 0), [5, 6, 7, 8, 9]))

    def test_a_letter_whose_end_does_not_come_stays_untouched(self):
        cloud = Cloud(letter(59, 61))
        counts, printed = self.run_with(cloud)
        self.assertEqual((counts, cloud.taken, list(cloud.queue)), ((1, 1), [], ["r0"]))
        self.assertIn("did not come to 61", printed)

    def test_a_closed_shard_that_ends_early_gives_what_it_has_and_says_so(self):
        cloud = Cloud(letter(59, 61), closed=True)
        counts, printed = self.run_with(cloud)
        self.assertEqual((counts, cloud.numbers(), cloud.queue), ((1, 0), [59, 60], {}))
        self.assertIn("ends before 61", printed)

    def test_deletions_are_counted_and_not_handed_over(self):
        cloud = Cloud(letter(5, 9), letter(20, 20, "2026-11-23T02:00:00Z"), deleted=(6, 9, 20))
        counts, printed = self.run_with(cloud)
        self.assertEqual((counts, cloud.numbers(), cloud.queue), ((2, 0), [5, 7, 8], {}))
        self.assertIn("3 records, and 2 deletions", printed)

    def test_the_answer_is_waited_for_longer_than_the_notifier_may_take(self):
        cloud = Cloud(letter(5, 5))
        self.run_with(cloud)
        self.assertGreater(cloud.patience, 60)

    def test_nothing_stays_hidden_when_it_breaks_off(self):
        cloud = Cloud(letter(5, 9), letter(20, 21))
        cloud.invoke = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        with self.assertRaises(KeyboardInterrupt):
            self.run_with(cloud)
        self.assertEqual((len(cloud.queue), cloud.hidden), (2, set()))


if __name__ == "__main__":
    unittest.main()
