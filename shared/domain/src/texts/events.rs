//! What happened to a case, and the names of what it is, for residents and staff.

use super::Row;

pub(super) const TEXTS: &[Row] = &[
    (
        "event.accepted",
        "{unit}已签收，开始办理",
        "{unit} has taken it on",
    ),
    ("event.arrived", "工作人员已到现场", "Staff have arrived"),
    ("event.assigned", "已交给{unit}办理", "Given to {unit}"),
    (
        "event.calendar_changed",
        "放假安排已公布，承诺办结时间由{from}改为{to}",
        "The holidays were announced: the promised time moves from {from} to {to}",
    ),
    (
        "event.calendar_counted",
        "放假安排已公布，内部办理时限已重新计算",
        "The holidays were announced: inner deadlines were counted anew",
    ),
    ("event.closed", "已结案", "Closed"),
    (
        "event.declined.extension",
        "延期申请没有批准",
        "More time was not granted",
    ),
    (
        "event.declined.hold",
        "挂起申请没有批准",
        "The hold was not granted",
    ),
    (
        "event.declined.supervision",
        "督办提请没有批准",
        "Supervision was not granted",
    ),
    (
        "event.directed",
        "领导批示",
        "A leader has written a directive",
    ),
    (
        "event.escalated",
        "已逐级上报，由{unit}办理",
        "Handed one level up to {unit}",
    ),
    (
        "event.extended",
        "经批准延期，新的承诺办结时间是{due}",
        "More time was granted. The new promise is {due}",
    ),
    (
        "event.handed_down",
        "上级处理后交回{unit}继续办理",
        "Handed back to {unit} to go on",
    ),
    (
        "event.held.budget",
        "等待资金，{review}前重新研究并答复",
        "Waiting for money. It is looked at again by {review}",
    ),
    (
        "event.held.legal",
        "等待司法裁决，{review}前重新研究并答复",
        "Waiting for a legal decision. It is looked at again by {review}",
    ),
    (
        "event.held.other_unit",
        "等待{unit}答复，{review}前重新研究",
        "Waiting for {unit}. It is looked at again by {review}",
    ),
    (
        "event.held.resident",
        "等待居民补充情况，{review}前没有补充就继续办理",
        "Waiting for the resident's answer. Work goes on by {review} at the latest",
    ),
    (
        "event.held.season",
        "因季节原因暂缓，{review}前重新研究并答复",
        "Waiting for the season. It is looked at again by {review}",
    ),
    (
        "event.hold_reviewed",
        "重新研究过，还要等待，{review}前再研究一次",
        "Looked at again: it has to wait longer. Next look by {review}",
    ),
    ("event.involved", "请{unit}协助办理", "{unit} helps with it"),
    (
        "event.merged",
        "与 {into} 号诉求合并办理",
        "Handled together with case {into}",
    ),
    (
        "event.noted",
        "{unit}有新的说明",
        "{unit} has written a note",
    ),
    (
        "event.part_finished",
        "{unit}已办完协办部分",
        "{unit} has done its part",
    ),
    (
        "event.photo_arrived",
        "收到居民补充的照片",
        "A photo from the reporter has arrived",
    ),
    (
        "event.proposed.extension",
        "{unit}申请延期，等待批准",
        "{unit} asks for more time",
    ),
    (
        "event.proposed.hold",
        "{unit}申请挂起，等待批准",
        "{unit} asks to put it on hold",
    ),
    (
        "event.proposed.supervision",
        "{unit}提请督办，等待领导签批",
        "{unit} asks for supervision, to be signed by a leader",
    ),
    (
        "event.publication_changed.hidden",
        "有内容不再显示",
        "Some content is not shown any more",
    ),
    (
        "event.publication_changed.published",
        "已在公示栏公开",
        "Now on the public board",
    ),
    (
        "event.publication_changed.unpublished",
        "不再在公示栏公开",
        "No longer on the public board",
    ),
    (
        "event.publication_changed.updated",
        "公开的内容有更新",
        "What is shown on the public board was updated",
    ),
    ("event.received", "已收到诉求", "The report was received"),
    (
        "event.refused",
        "不在受理范围内",
        "Declined: outside of what this service covers",
    ),
    (
        "event.released",
        "{unit}不再协办",
        "{unit} does not help any more",
    ),
    (
        "event.reopened",
        "没有办好，重新办理",
        "Not done well: reopened",
    ),
    (
        "event.resolved",
        "{unit}已办结",
        "{unit} reports that it is done",
    ),
    ("event.resumed", "已恢复办理", "Work goes on"),
    (
        "event.resumed.answered",
        "等待的单位已答复，继续办理",
        "The unit that was waited for has answered, work goes on",
    ),
    (
        "event.resumed.budget_approved",
        "资金已批准，继续办理",
        "The money was approved, work goes on",
    ),
    (
        "event.resumed.unreviewed",
        "等待期满，继续办理",
        "The time of waiting is over, work goes on",
    ),
    (
        "event.returned",
        "{unit}退回，需要重新交办",
        "{unit} has given it back to be assigned anew",
    ),
    (
        "event.secured",
        "危险已经排除，正在安排修复",
        "The danger is out of the way, repair follows",
    ),
    (
        "event.signed_off",
        "督办销号，领导已签批",
        "Supervision was signed off by a leader",
    ),
    (
        "event.split",
        "拆分为 {children} 分别办理",
        "Split into {children}",
    ),
    (
        "event.supervision_ordered",
        "领导已签批督办",
        "A leader has signed an order of supervision",
    ),
    (
        "event.triaged",
        "已归入“{category}”类，正在安排办理",
        "Put under \"{category}\", now being assigned",
    ),
    (
        "event.visit_scheduled",
        "约定上门时间：{from}至{to}",
        "A visit was agreed between {from} and {to}",
    ),
    (
        "event.withdrawn",
        "居民已撤回",
        "Taken back by the reporter",
    ),
    ("hold.budget", "等待资金", "Waiting for money"),
    ("hold.legal", "等待司法裁决", "Waiting for a legal decision"),
    (
        "hold.other_unit",
        "等待其他单位",
        "Waiting for another unit",
    ),
    ("hold.resident", "等待居民补充", "Waiting for the resident"),
    ("hold.season", "季节原因", "Waiting for the season"),
    (
        "receipt",
        "已经收到，请记下编号 {number}。承诺办结时间：{due}。",
        "Received. Please keep the number {number}. We promise an outcome by {due}.",
    ),
    (
        "receipt.case_ended",
        "这件事已经了结，不能再上传照片。",
        "The case has ended, so no more photos can be uploaded.",
    ),
    (
        "receipt.report_too_old",
        "上传照片的期限（{days} 天）已过。要补充照片，请重新提交一份。",
        "The time for uploading photos, {days} days, is over. To add photos, please hand in a new report.",
    ),
    (
        "reminder.accept",
        "签收时限（{due}）已到，请马上签收",
        "Not taken on by {due}. Please take it on now",
    ),
    (
        "reminder.approval",
        "审批时限（{due}）已到，还有申请等您批准",
        "A request was to be decided by {due} and still waits for you",
    ),
    (
        "reminder.awaited",
        "答复时限（{due}）已到，还有单位等您单位答复",
        "Another unit was to have your answer by {due}",
    ),
    (
        "reminder.contact",
        "联系时限（{due}）已到，请马上联系居民",
        "The resident was to be contacted by {due}. Please do it now",
    ),
    (
        "reminder.due",
        "时限已到（{due}），还没有办结",
        "The promised time has come ({due}) and it is not done",
    ),
    (
        "reminder.half",
        "办理时间已过一半，{due}到期",
        "Half of the time is used up. Due {due}",
    ),
    (
        "reminder.notice",
        "催办：超过时限（{due}），仍未办结",
        "Urged: past the promised time ({due}) and still not done",
    ),
    (
        "reminder.red",
        "红牌提醒：超过时限（{due}），还没有办结",
        "Red card: past the promised time ({due}) and not done",
    ),
    (
        "reminder.repeat",
        "再次催办：超过时限（{due}），一直没有办结",
        "Urged again: past the promised time ({due}) and still not done",
    ),
    (
        "reminder.report",
        "通报：超过时限（{due}），仍未办结",
        "Reported to the leaders: past the promised time ({due}) and still not done",
    ),
    (
        "reminder.revisit",
        "回访时限（{due}）已到，请马上回访",
        "Not checked with the resident by {due}. Please do it now",
    ),
    (
        "reminder.secure",
        "排险时限（{due}）已到，请马上排除危险",
        "The danger was to be removed by {due}. Please do it now",
    ),
    (
        "reminder.supervision",
        "督办事项，请抓紧办理并报告进展，报告时限是{due}",
        "Supervised: please get on with it and report by {due}",
    ),
    (
        "reminder.triage",
        "交办时限（{due}）已到，请马上交办",
        "Not assigned by {due}. Please assign it now",
    ),
    (
        "reminder.visit",
        "约定的上门时间已过（{due}），还没有登记到场",
        "The agreed visit is over ({due}) and nobody has arrived",
    ),
    (
        "reminder.word",
        "答复时限（{due}）已到，请向居民说明进展",
        "The resident was to hear from you by {due}. Please tell them how it stands",
    ),
    (
        "reminder.yellow",
        "黄牌提醒：快要到期，时限是{due}",
        "Yellow card: nearly due, {due}",
    ),
    ("role.community_director", "社区主任", "community director"),
    ("role.department_head", "部门负责人", "head of department"),
    ("role.department_liaison", "部门联络员", "liaison"),
    ("role.desk_officer", "分派人员", "desk officer"),
    (
        "role.district_supervisor",
        "区督办员",
        "district supervisor",
    ),
    ("role.grid_worker", "网格员", "grid worker"),
    ("role.handler", "承办人", "handler"),
    ("role.operator", "系统管理员", "operator"),
    (
        "role.subdistrict_director",
        "街道办主任",
        "subdistrict director",
    ),
    (
        "role.subdistrict_secretary",
        "街道书记",
        "subdistrict secretary",
    ),
    ("role.team_member", "服务队员", "member of the service team"),
    ("state.accepted", "已签收", "Accepted"),
    (
        "state.assigned",
        "已交办，待签收",
        "Assigned, waiting to be accepted",
    ),
    ("state.closed", "已结案", "Closed"),
    (
        "state.escalated",
        "已上报，待签收",
        "Escalated, waiting to be accepted",
    ),
    ("state.in_progress", "办理中", "In progress"),
    ("state.merged", "已合并办理", "Merged with another case"),
    ("state.on_hold", "暂缓办理", "On hold"),
    ("state.refused", "不予受理", "Declined"),
    ("state.reopened", "重新办理", "Reopened"),
    (
        "state.resolved",
        "已办结，待核实",
        "Resolved, waiting to be checked",
    ),
    (
        "state.returned",
        "退回，待重新交办",
        "Returned, waiting to be reassigned",
    ),
    (
        "state.submitted",
        "已收到，待受理",
        "Received, waiting to be looked at",
    ),
    (
        "state.triaged",
        "已分类，待交办",
        "Sorted, waiting to be assigned",
    ),
    ("state.withdrawn", "已撤回", "Withdrawn"),
];
