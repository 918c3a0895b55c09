//! What is answered to a request that is refused, and what to do now.

use super::Row;

pub(super) const TEXTS: &[Row] = &[
    (
        "already_proposed",
        "这件事已经有人提出申请，正等批准。",
        "This was asked for already and waits for a decision.",
    ),
    (
        "already_proposed.advice",
        "请等批准结果，不用再次提交。",
        "Please wait for the decision.",
    ),
    (
        "already_split",
        "这件事已经拆分过，不能再拆。",
        "This case was split already and cannot be split again.",
    ),
    (
        "already_supervised",
        "这件事已经列入督办。",
        "This case is supervised already.",
    ),
    (
        "arrived_already",
        "已经登记过到场了。",
        "The arrival was recorded already.",
    ),
    (
        "bad_request",
        "提交的内容我们没有看懂。",
        "We could not understand this request.",
    ),
    (
        "bad_request.advice",
        "请检查填写的内容，再提交一次。",
        "Please check what you filled in and send it again.",
    ),
    (
        "budget_line_approved",
        "这笔资金已经登记过批准，不用再登记。",
        "The approval of this budget line was recorded before.",
    ),
    (
        "case_ended",
        "这件事已经了结，不能再加照片。",
        "The case has ended, so no photo can be added.",
    ),
    (
        "case_ended.advice",
        "确实没有办好的，请先重新办理。",
        "If it was not done after all, reopen it first.",
    ),
    (
        "case_number_invalid",
        "这个编号不对。",
        "This is not a valid case number.",
    ),
    (
        "case_number_invalid.advice",
        "请对照纸条或回执上的编号再输一遍，例如 K7M3-9QXD-4。",
        "Please check it against your slip or receipt and type it again, for example K7M3-9QXD-4.",
    ),
    (
        "co_handlers_at_work",
        "还有协办单位没有办完，暂时不能办结。",
        "Helping units have not finished yet, so it cannot be resolved.",
    ),
    (
        "co_handlers_at_work.advice",
        "请联系协办单位尽快办完，或者取消协办。",
        "Ask them to finish, or release them.",
    ),
    (
        "designated",
        "这件事已由分派人员指定承办单位，不能再退回。",
        "The desk has designated the unit, so the case cannot be returned.",
    ),
    (
        "designated.advice",
        "确实办不了的，请逐级上报。",
        "If you cannot handle it, escalate it.",
    ),
    (
        "directory_contradiction",
        "这样改会使机构名册自相矛盾，没有保存。",
        "This would make the directory contradict itself, so nothing was changed.",
    ),
    (
        "extension_too_late",
        "已经到期，不能再申请延期。",
        "The promised time has passed, so no more time can be asked for.",
    ),
    (
        "extension_too_late.advice",
        "请尽快办理；确实办不了的，请上报或申请挂起。",
        "Please act now, or escalate it or ask for a hold.",
    ),
    (
        "forbidden",
        "您没有办理这件事的权限。",
        "You are not allowed to do this.",
    ),
    (
        "forbidden.advice",
        "如果这是您的工作，请联系区里的系统管理员。",
        "If this is your task, please contact the district's operator.",
    ),
    (
        "idempotency_key_reused",
        "这次和上次是同一份提交，内容却不一样。",
        "This submission repeats an earlier one's key with different content.",
    ),
    (
        "idempotency_key_reused.advice",
        "您上一次提交的内容已经收到。如要补充，请重新填写一份。",
        "Your earlier submission was received. To add something, please start a new one.",
    ),
    (
        "internal",
        "系统出了问题，是我们的原因。",
        "Something went wrong on our side.",
    ),
    (
        "internal.advice",
        "请过几分钟再试。如果还不行，请打社区电话，并报出下面的故障编号。",
        "Please try again in a few minutes. If it still fails, phone your community and quote the request id below.",
    ),
    (
        "invalid_cursor",
        "这一页已经翻不到了。",
        "This page of the list can no longer be opened.",
    ),
    (
        "invalid_cursor.advice",
        "请回到第一页重新翻看。",
        "Please start again from the first page.",
    ),
    (
        "invalid_fields",
        "有些内容没有填对。",
        "Some fields are not filled in correctly.",
    ),
    (
        "invalid_fields.advice",
        "请按下面的提示改好，再提交一次。",
        "Please correct what is listed below and send it again.",
    ),
    (
        "malformed_json",
        "收到的内容格式不对，读不出来。",
        "The content could not be read as JSON.",
    ),
    (
        "malformed_json.advice",
        "请检查填写的内容，再提交一次。",
        "Please check what you filled in and send it again.",
    ),
    (
        "method_not_allowed",
        "这个地址不能这样使用。",
        "This address does not support this method.",
    ),
    (
        "needs_supervision",
        "等待资金超过 60 天，必须先由领导签批督办。",
        "After 60 days of waiting for money a leader must sign for the case first.",
    ),
    (
        "needs_supervision.advice",
        "请先由分派人员提请督办。",
        "Have the desk ask for supervision first.",
    ),
    (
        "no_extension_left",
        "这件事不能再延期。",
        "No more time can be granted for this case.",
    ),
    (
        "no_extension_left.advice",
        "请尽快办理；确实办不了的，请上报或申请挂起。",
        "Please act now, or escalate it or ask for a hold.",
    ),
    (
        "not_found",
        "没有找到您要的内容。",
        "We could not find what you asked for.",
    ),
    (
        "not_found.advice",
        "请检查编号或网址有没有输错。",
        "Please check the number or the address for a typing mistake.",
    ),
    (
        "not_on_hold",
        "这件事现在没有挂起。",
        "The case is not on hold.",
    ),
    (
        "not_signed_off",
        "督办事项要先由领导签批销号，才能结案。",
        "A supervised case must be signed off by a leader before it is closed.",
    ),
    (
        "not_supervised",
        "这件事没有列入督办，或者已经销号。",
        "The case is not supervised, or was signed off already.",
    ),
    (
        "nothing_above",
        "上面没有可以上报的单位了。",
        "There is no unit above to hand this to.",
    ),
    (
        "nothing_proposed",
        "没有等待批准的申请。",
        "There is nothing to decide on.",
    ),
    (
        "nothing_to_secure",
        "没有需要排除的危险，或者已经排除。",
        "There is no danger to remove, or it has been removed already.",
    ),
    (
        "part_finished_already",
        "您单位的协办部分已经办完。",
        "Your unit has finished its part already.",
    ),
    (
        "parts_undone",
        "拆分出去的事项还没有全部办结。",
        "The parts of this case are not all done yet.",
    ),
    (
        "parts_undone.advice",
        "请先办结拆分出去的事项。",
        "Resolve the parts first.",
    ),
    (
        "payload_too_large",
        "一次提交的内容太多了。",
        "The content is too large.",
    ),
    (
        "payload_too_large.advice",
        "请少写一些文字。照片要另外上传，不要放在文字里。",
        "Please shorten the text. Photos are uploaded separately, not inside the text.",
    ),
    (
        "precondition_required",
        "没有说明您看到的是哪一版，所以没有改动。",
        "The version that you saw is missing, so nothing was changed.",
    ),
    (
        "precondition_required.advice",
        "请先刷新页面，再改。",
        "Please load it again and send its ETag as If-Match.",
    ),
    (
        "return_window_passed",
        "退回的期限已过，这件事由您单位负责办理。",
        "The time for returning has passed. The case is your unit's now.",
    ),
    (
        "return_window_passed.advice",
        "确实办不了的，请逐级上报。",
        "If you cannot handle it, escalate it.",
    ),
    (
        "same_person",
        "申请的人、上报办结的人都不能自己批准或签批，请由另一位负责人办理。",
        "Whoever asked for it, or reported it done, cannot decide on it. Somebody else must.",
    ),
    (
        "too_many_co_handlers",
        "协办单位已经够多，不能再加。",
        "Too many units help already.",
    ),
    (
        "too_many_co_handlers.advice",
        "请先取消一个协办单位。",
        "Release one first.",
    ),
    (
        "too_many_photos",
        "照片数量已到上限，不能再加。",
        "This case has all the photos that it can have.",
    ),
    (
        "too_many_requests",
        "操作太频繁了。",
        "There were too many requests.",
    ),
    (
        "too_many_requests.advice",
        "请歇一会儿再试，已经提交的内容不会丢。",
        "Please wait a little and try again. What was received is not lost.",
    ),
    (
        "tracking_token_invalid",
        "查询凭证不对或已经失效。",
        "The tracking token is not valid.",
    ),
    (
        "tracking_token_invalid.advice",
        "请用提交诉求时得到的查询凭证，或者凭编号到社区查询。",
        "Please use the tracking token from your receipt, or ask your community with the case number.",
    ),
    (
        "tracking_token_required",
        "缺少查询凭证。",
        "The tracking token is missing.",
    ),
    (
        "tracking_token_required.advice",
        "请用提交诉求时得到的查询凭证，或者凭编号到社区查询。",
        "Please use the tracking token from your receipt, or ask your community with the case number.",
    ),
    ("unauthorized", "请先登录。", "Please sign in first."),
    (
        "unauthorized.advice",
        "登录过期的，请重新登录。",
        "If your session has ended, please sign in again.",
    ),
    (
        "unavailable",
        "系统正忙，暂时办不了。",
        "The service is busy right now.",
    ),
    (
        "unavailable.advice",
        "请过一会儿再试一次。重复提交也只会登记一件。",
        "Please try again shortly. Sending the same report again registers it only once.",
    ),
    (
        "unprocessable",
        "这件事现在不能这样办理。",
        "This cannot be done in the present state.",
    ),
    (
        "unsupported_media_type",
        "收到的内容类型不对。",
        "The content type is not supported.",
    ),
    (
        "unsupported_media_type.advice",
        "请用 application/json 格式发送。",
        "Please send application/json.",
    ),
    (
        "version_conflict",
        "刚才已经有人改动过了。",
        "Somebody else has just changed this.",
    ),
    (
        "version_conflict.advice",
        "请刷新页面，看看最新情况再改。",
        "Please load it again and look at its latest state first.",
    ),
    (
        "wrong_state",
        "按这件事现在的状态，不能这样办理。",
        "This cannot be done in the state that the case is in.",
    ),
    (
        "wrong_state.advice",
        "请刷新页面，看看办到哪一步了。",
        "Please load the case again and see how far it is.",
    ),
];
