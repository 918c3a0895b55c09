//! The first five minutes: lines to copy from the terminal, from a report to a reminder.

use std::fmt::Write;

/// One step of the walkthrough: what it does, and the line that does it.
struct Step {
    says: &'static str,
    line: String,
}

/// The walkthrough against the API at `api`. The lines share shell variables: run them in one shell, in order.
pub fn page(api: &str) -> String {
    let mut page = String::from("Try it (copy the lines into another terminal, in order):\n");
    for (i, step) in steps(api).into_iter().enumerate() {
        // Writing into a text cannot fail.
        let _ = writeln!(page, "\n  {}. {}\n{}", i + 1, step.says, step.line);
    }
    page
}

fn steps(api: &str) -> [Step; 6] {
    let json = "-H 'Content-Type: application/json'";
    let key = "-H \"Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)\"";
    let staff = "-H \"Authorization: Bearer $TOKEN\"";
    let case = format!("{api}/v1/desk/cases/$NUMBER");
    [
        Step {
            says: "A resident reports a dark street lamp; the answer has the number, the promise and a tracking token.",
            line: format!(
                "REPORT=$(curl -s {api}/v1/reports {json} {key} -d '{{\"text\":\"小区东门路灯不亮，老人晚上看不清\",\"community\":\"xianggang-huayuan\",\"category\":\"street-lamp\",\"place\":{{\"address\":\"东门\"}},\"consents\":{{\"publish\":true}}}}'); echo \"$REPORT\"; NUMBER=$(echo \"$REPORT\" | grep -oE '[0-9A-Z]{{4}}-[0-9A-Z]{{4}}-[0-9A-Z]' | head -n 1)"
            ),
        },
        Step {
            says: "The community's desk officer signs in and sees it in the queue.",
            line: format!(
                "TOKEN=$(curl -s '{api}/dev/token?sub=wang.fang&tenant=shinan'); curl -s {api}/v1/desk/queue {staff}; echo"
            ),
        },
        Step {
            says: "She names the category and puts the case on the public board.",
            line: format!(
                "curl -s {case}/triage {staff} {json} {key} -H 'If-Match: \"1\"' -d '{{\"category\":\"street-lamp\",\"publish\":true}}'; echo"
            ),
        },
        Step {
            says: "She assigns it to the district's street lighting department.",
            line: format!(
                "curl -s {case}/assign {staff} {json} {key} -H 'If-Match: \"2\"' -d '{{\"unit\":\"street-lighting\"}}'; echo"
            ),
        },
        Step {
            says: "Anybody follows it on the board; add -H 'Accept-Language: en' for English.",
            line: format!("curl -s {api}/v1/board/cases/$NUMBER; echo"),
        },
        Step {
            says: "Nobody does anything for ten days: the clock moves from reminder to reminder; these are their words.",
            line: format!(
                "curl -s {api}/dev/clock {json} -d '{{\"advance\":\"10d\"}}' | grep '\"text\"'"
            ),
        },
    ]
}
