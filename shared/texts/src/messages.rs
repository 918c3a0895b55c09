//! What staff are told by message and by digest.

use super::Row;

#[rustfmt::skip]
pub(super) const TEXTS: &[Row] = &[
    ("digest", "【今日待办】{units}\n{lines}\n打开：{link}", "[Today] {units}\n{lines}\nOpen: {link}"),
    ("digest.due", "{due}到期", "due {due}"),
    ("digest.line", "编号 {number}，{category}，{where}，{when}", "Number {number}, {category}, {where}, {when}"),
    ("digest.more", "还有 {count} 件，请看待办列表", "and {count} more, see the queue"),
    ("digest.more_units", "还有 {count} 个单位，请看待办列表", "and {count} more units, see the queue"),
    ("digest.new", "新收到 {count} 件：", "New: {count}"),
    ("digest.next", "下一个工作日前到期 {count} 件：", "Due by the next working day: {count}"),
    ("digest.overdue", "原定{due}办结", "was due {due}"),
    ("digest.red", "红牌，已经超期 {count} 件：", "Red card, overdue: {count}"),
    ("digest.row", "{unit}：在办 {open}，超期 {overdue}，挂起 {on_hold}", "{unit}: open {open}, overdue {overdue}, on hold {on_hold}"),
    ("digest.table", "本周情况：", "The week:"),
    ("digest.today", "今天到期 {count} 件：", "Due today: {count}"),
    ("digest.waiting", "等您处理 {count} 件：", "Waiting for you: {count}"),
    ("folded", "还有 {count} 条通知，请看收件箱：{link}", "And {count} more notices, see the inbox: {link}"),
    ("incident", "【险情】{where}，{category}：又有 {count} 条通知，请看待办列表：{link}", "[Danger] {where}, {category}: {count} more notices, see the queue: {link}"),
    ("notice", "【{what}】{where}，{category}，编号 {number}。{when}。{why}。办理：{link}", "[{what}] {where}, {category}, number {number}. {when}. {why}. Open: {link}"),
    ("notice.due", "{due}到期，剩 {days} 个工作日", "Due {due}, working days left: {days}"),
    ("notice.due_today", "{due}到期，就在今天", "Due today, {due}"),
    ("notice.held", "挂起中，暂不计时", "On hold, the clock stands still"),
    ("notice.new", "新诉求", "New report"),
    ("notice.overdue", "已经超期，原定{due}办结", "Overdue since {due}"),
    ("notice.uncategorized", "未分类", "no category yet"),
    ("why.approver", "这件事等您决定，或由您批准过", "It waits for your decision, or you granted it"),
    ("why.assignee", "这件事由您单位承办", "Your unit has this case"),
    ("why.awaited", "这件事在等您单位答复", "The case waits for your unit"),
    ("why.chain", "这件事在您的辖区", "The case lies in your area"),
    ("why.desk", "这件事由您交办", "You assign this case"),
    ("why.head", "您是承办单位的负责人", "You lead the unit that has this case"),
    ("why.helper", "您单位协办这件事", "Your unit helps with this case"),
    ("why.supervision", "这件事归您督办", "You supervise this case"),
];
