//! The sentences themselves.

/// Code, Chinese, English. Sorted by code (a test holds it).
pub(super) const TEXTS: &[(&str, &str, &str)] = &[
    (
        "already_proposed",
        "这件事已经有人提请了，正等批准。",
        "This was asked for already and waits for a decision.",
    ),
    (
        "already_split",
        "这件事已经拆分过，不能再拆。",
        "This case was split already and cannot be split again.",
    ),
    (
        "already_supervised",
        "这件事已经在督办。",
        "This case is supervised already.",
    ),
    (
        "arrived_already",
        "已经登记过到场了。",
        "The arrival was recorded already.",
    ),
    (
        "bad_request",
        "这个请求我们没有看懂。",
        "We could not understand this request.",
    ),
    (
        "budget_line_approved",
        "这笔资金已经登记为批准。",
        "This budget line was approved before.",
    ),
    (
        "case_number_invalid",
        "这个编号不对。",
        "This is not a valid case number.",
    ),
    (
        "case_number_invalid.advice",
        "请对照纸条或短信上的编号再输一遍，例如 K7M3-9QXD-4。",
        "Please check it against your slip or message and type it again, for example K7M3-9QXD-4.",
    ),
    (
        "co_handlers_at_work",
        "还有协办单位没有办完，暂时不能办结。",
        "Helping units have not finished yet, so it cannot be resolved.",
    ),
    (
        "designated",
        "这件事已由分派人员指定承办单位，不能再退回。",
        "The desk has designated the unit, so the case cannot be returned.",
    ),
    (
        "digest",
        "【今日待办】{units}\n{lines}\n打开：{link}",
        "[Today] {units}\n{lines}\nOpen: {link}",
    ),
    ("digest.due", "{due}到期", "due {due}"),
    (
        "digest.line",
        "编号 {number}，{category}，{where}，{when}",
        "Number {number}, {category}, {where}, {when}",
    ),
    (
        "digest.more",
        "还有 {count} 件，请看待办列表",
        "and {count} more, see the queue",
    ),
    ("digest.new", "新收到 {count} 件：", "New: {count}"),
    (
        "digest.next",
        "下一个工作日前到期 {count} 件：",
        "Due by the next working day: {count}",
    ),
    ("digest.overdue", "原定{due}办结", "was due {due}"),
    (
        "digest.red",
        "红牌，已经超期 {count} 件：",
        "Red card, overdue: {count}",
    ),
    (
        "digest.row",
        "{unit}：在办 {open}，超期 {overdue}，挂起 {on_hold}",
        "{unit}: open {open}, overdue {overdue}, on hold {on_hold}",
    ),
    ("digest.table", "本周情况：", "The week:"),
    (
        "digest.today",
        "今天到期 {count} 件：",
        "Due today: {count}",
    ),
    (
        "digest.waiting",
        "等您处理 {count} 件：",
        "Waiting for you: {count}",
    ),
    (
        "event.accepted",
        "{unit}已签收，开始办理",
        "{unit} has taken it on",
    ),
    ("event.arrived", "工作人员已到现场", "Staff have arrived"),
    ("event.assigned", "已交给{unit}办理", "Given to {unit}"),
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
        "经批准延期，新的承诺时限是{due}",
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
        "等待司法程序，{review}前重新研究并答复",
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
        "等待合适的季节，{review}前重新研究并答复",
        "Waiting for the season. It is looked at again by {review}",
    ),
    (
        "event.hold_reviewed",
        "重新研究过，还要等待，{review}前再研究一次",
        "Looked at again: it has to wait on. Next look by {review}",
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
        "{unit}退回，需要重新分派",
        "{unit} has given it back to be dealt out anew",
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
        "Put under \"{category}\", now being dealt out",
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
    (
        "extension_too_late",
        "已经到期，不能再申请延期。",
        "The promised time has passed, so no more time can be asked for.",
    ),
    (
        "field.already_approved",
        "这笔资金已经批准，不用再等。",
        "This budget line was approved already, so there is nothing to wait for.",
    ),
    (
        "field.bad_character",
        "这里有看不见的特殊符号，请删掉后重新输入。",
        "This contains hidden special characters. Please remove them and type it again.",
    ),
    (
        "field.before_and_after",
        "服务队办结要有维修前和维修后的照片。",
        "A team needs one photo from before and one from after the work.",
    ),
    (
        "field.duplicate",
        "这一项填了两次，请只留一个。",
        "This is given twice. Please keep only one.",
    ),
    (
        "field.extension_out_of_range",
        "超过了这类事项允许延长的天数。",
        "This is more time than this kind of case allows.",
    ),
    (
        "field.invalid",
        "这一项填得不对。",
        "This is not filled in correctly.",
    ),
    (
        "field.must_be_signed",
        "督办要由领导签批，不能直接批准。",
        "Supervision is signed by a leader and cannot be approved like this.",
    ),
    (
        "field.no_consent",
        "居民没有同意公开，不能公开。",
        "The reporter did not agree to publication.",
    ),
    (
        "field.no_right",
        "这个人没有批准的权限。",
        "This person has no right to approve.",
    ),
    (
        "field.not_a_co_handler",
        "这个单位没有协办这件事。",
        "This unit does not help with the case.",
    ),
    (
        "field.not_a_department",
        "这里要填区直部门。",
        "This must be a department of the district.",
    ),
    (
        "field.not_assignable",
        "这件事不能交给这个单位。",
        "The case cannot be given to this unit.",
    ),
    (
        "field.not_below",
        "只能交回办过这件事的下级单位。",
        "It can be handed back only to a lower unit that had it.",
    ),
    (
        "field.not_boolean",
        "这一项只能填“是”或“否”。",
        "This must be yes or no (true or false).",
    ),
    (
        "field.not_for_this_reason",
        "这个挂起原因不用填这一项。",
        "This is not given with this reason.",
    ),
    (
        "field.not_in_unit",
        "这个人不在该单位。",
        "This person does not belong to the unit.",
    ),
    (
        "field.not_integer",
        "这一项要填整数。",
        "This must be a whole number.",
    ),
    (
        "field.not_list",
        "这一项应当是一个列表。",
        "This must be a list.",
    ),
    (
        "field.not_number",
        "这一项要填数字。",
        "This must be a number.",
    ),
    (
        "field.not_object",
        "这一项应当由几个小项组成。",
        "This must be an object with named fields.",
    ),
    (
        "field.not_recognized",
        "这一项填的内容我们认不出来，请重新选择或填写。",
        "We do not recognize this value. Please choose or enter it again.",
    ),
    ("field.not_text", "这一项要填文字。", "This must be text."),
    (
        "field.not_what_is_signed",
        "内容在您阅读之后有变化，请重新阅读再签。",
        "The words have changed since you read them. Please read them again before signing.",
    ),
    (
        "field.not_your_name",
        "请填写您本人的姓名。",
        "Please write your own name.",
    ),
    (
        "field.one_level_up_only",
        "只能上报给上一级单位。",
        "A case can be handed up one level only.",
    ),
    (
        "field.out_of_range",
        "这个数要在 {min} 到 {max} 之间。",
        "This number must be between {min} and {max}.",
    ),
    (
        "field.parts_out_of_range",
        "要拆分成 2 到 5 件。",
        "A case is split into 2 to 5 parts.",
    ),
    (
        "field.photo_not_ready",
        "这张照片还没有处理好，请稍后再试。",
        "This photo is not ready yet. Please try again shortly.",
    ),
    ("field.required", "这一项必须填写。", "This is required."),
    (
        "field.required_when_promise_moves",
        "要改变承诺的时间，必须写明理由，居民会看到。",
        "Moving the promised time needs a reason, which the resident will see.",
    ),
    (
        "field.review_out_of_range",
        "下次研究的时间必须在今后 30 天之内；等待居民的，在 5 个工作日之内。",
        "The next look must lie within 30 days, or 5 working days when the resident is waited for.",
    ),
    (
        "field.same_case",
        "不能和自己合并，请填另一件事的编号。",
        "A case cannot be merged with itself. Please name another one.",
    ),
    (
        "field.same_person",
        "批准人不能是申请人自己。",
        "The approver must be somebody else than the requester.",
    ),
    (
        "field.slot_out_of_range",
        "结束时间要晚于开始时间，最长 12 小时。",
        "The slot must end after it begins and last at most 12 hours.",
    ),
    (
        "field.too_few",
        "至少要有 {min} 个。",
        "There must be at least {min}.",
    ),
    (
        "field.too_long",
        "写得太长了，最多 {max} 个字。",
        "This is too long. At most {max} characters are allowed.",
    ),
    (
        "field.too_many",
        "太多了，最多 {max} 个。",
        "These are too many. At most {max} are allowed.",
    ),
    (
        "field.too_short",
        "写得太短了，至少 {min} 个字。",
        "This is too short. At least {min} characters are needed.",
    ),
    (
        "field.unknown",
        "没有这一个，请从列表里重新选择。",
        "This one does not exist. Please choose from the list.",
    ),
    (
        "field.unknown_category",
        "有一部分的类别不存在。",
        "The category of a part does not exist.",
    ),
    (
        "field.unknown_field",
        "没有这一项，请删掉。",
        "There is no such field. Please remove it.",
    ),
    (
        "field.visit_out_of_range",
        "上门时间要在今后 30 天之内。",
        "The visit must lie within the next 30 days.",
    ),
    (
        "folded",
        "还有 {count} 条通知，请看收件箱：{link}",
        "And {count} more notices, see the inbox: {link}",
    ),
    (
        "forbidden",
        "您没有办理这件事的权限。",
        "You are not allowed to do this.",
    ),
    (
        "forbidden.advice",
        "如果这是您的工作，请联系本单位的管理员。",
        "If this is your task, please contact the administrator of your unit.",
    ),
    (
        "idempotency_key_reused",
        "这次提交和上一次的编号相同，内容却不一样。",
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
        "请过几分钟再试。如果还不行，请打社区电话，并报出下面的请求编号。",
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
        "no_extension_left",
        "这类事项不能再延期。",
        "No more time can be granted for this case.",
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
        "这件事没有在督办。",
        "The case is not supervised.",
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
        "There is no danger to put out of the way, or it is already.",
    ),
    (
        "notice",
        "【{what}】{where}，{category}，编号 {number}。{when}。{why}。办理：{link}",
        "[{what}] {where}, {category}, number {number}. {when}. {why}. Open: {link}",
    ),
    (
        "notice.due",
        "{due}到期，剩{days}个工作日",
        "Due {due}, working days left: {days}",
    ),
    (
        "notice.held",
        "挂起中，暂不计时",
        "On hold, the clock stands still",
    ),
    ("notice.new", "新诉求", "New report"),
    (
        "notice.overdue",
        "已经超期，原定{due}办结",
        "Overdue since {due}",
    ),
    ("notice.uncategorized", "未分类", "no category yet"),
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
        "photo.animated",
        "这是动图，只能收普通照片。",
        "This is an animated picture. Only still photos can be taken in.",
    ),
    (
        "photo.corrupt",
        "照片文件已损坏，打不开。",
        "The photo file is damaged and cannot be opened.",
    ),
    (
        "photo.empty",
        "照片文件是空的。",
        "The photo file is empty.",
    ),
    (
        "photo.too_many_bytes",
        "照片文件太大，最多 10 MB。",
        "The photo file is too large. At most 10 MB are allowed.",
    ),
    (
        "photo.too_many_pixels",
        "照片尺寸太大，请用手机的普通模式拍摄。",
        "The picture is too large. Please use the camera's normal mode.",
    ),
    (
        "photo.truncated",
        "照片没有传完整。",
        "The photo did not arrive completely.",
    ),
    (
        "photo.unsupported_avif",
        "这是 AVIF 格式，打不开。请用 JPEG 格式的照片。",
        "This is an AVIF picture, which cannot be opened. Please use a JPEG photo.",
    ),
    (
        "photo.unsupported_format",
        "这个文件不是照片，或者格式打不开。请用 JPEG 格式的照片。",
        "This is no photo, or a kind that cannot be opened. Please use a JPEG photo.",
    ),
    (
        "photo.unsupported_gif",
        "这是 GIF 图片，打不开。请用 JPEG 格式的照片。",
        "This is a GIF picture, which cannot be opened. Please use a JPEG photo.",
    ),
    (
        "photo.unsupported_heic",
        "这是苹果手机的 HEIC 格式，打不开。请在相机设置里选“兼容性最佳”后再拍。",
        "This is a HEIC picture, which cannot be opened. Please choose \"Most Compatible\" in the camera's settings.",
    ),
    (
        "photo.unsupported_jpeg",
        "这种少见的 JPEG 打不开，请用手机直接拍照。",
        "This rare kind of JPEG cannot be opened. Please take the photo with a phone.",
    ),
    (
        "photo.unsupported_svg",
        "这是图形文件，不是照片。",
        "This is a drawing, not a photo.",
    ),
    (
        "photo.wrong_length",
        "收到的照片和登记时的大小不一样。",
        "The photo is not of the size that was announced.",
    ),
    (
        "precondition_required",
        "缺少这件事的版本号，不能办理。",
        "The version of the case is missing, so nothing was changed.",
    ),
    (
        "precondition_required.advice",
        "请先刷新页面，再办理。",
        "Please load the case again and send its ETag as If-Match.",
    ),
    (
        "receipt",
        "已经收到，请记下编号 {number}。承诺办结时间：{due}。",
        "Received. Please keep the number {number}. We promise an outcome by {due}.",
    ),
    (
        "reminder.accept",
        "请尽快签收，签收时限是{due}",
        "Please take it on, due {due}",
    ),
    (
        "reminder.approval",
        "有申请等待批准，时限是{due}",
        "Something waits for your decision, due {due}",
    ),
    (
        "reminder.awaited",
        "有单位等待您单位答复，时限是{due}",
        "Another unit waits for your answer, due {due}",
    ),
    (
        "reminder.contact",
        "请尽快联系居民，联系时限是{due}",
        "Please contact the resident, due {due}",
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
        "请尽快回访，回访时限是{due}",
        "Please check with the resident that it is done, due {due}",
    ),
    (
        "reminder.secure",
        "请尽快排除危险，时限是{due}",
        "Please put the danger out of the way, due {due}",
    ),
    (
        "reminder.supervision",
        "督办事项，请抓紧办理并报告进展（{due}）",
        "Supervised: please get on with it and report ({due})",
    ),
    (
        "reminder.triage",
        "请尽快分派，分派时限是{due}",
        "Please deal it out, due {due}",
    ),
    (
        "reminder.visit",
        "约定的上门时间已过（{due}），还没有登记到场",
        "The agreed visit is over ({due}) and nobody has arrived",
    ),
    (
        "reminder.word",
        "请给居民一个回音，时限是{due}",
        "Please tell the resident how it stands, due {due}",
    ),
    (
        "reminder.yellow",
        "黄牌提醒：快要到期，时限是{due}",
        "Yellow card: nearly due, {due}",
    ),
    (
        "return_window_passed",
        "退回的期限已过，这件事由您单位负责办理。",
        "The time for returning has passed. The case is your unit's now.",
    ),
    (
        "same_person",
        "不能由申请人自己批准，请由另一位负责人办理。",
        "Somebody else must decide on what you asked for.",
    ),
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
    ("state.merged", "已并案", "Merged with another case"),
    ("state.on_hold", "暂时挂起", "On hold"),
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
    (
        "too_many_co_handlers",
        "协办单位太多了。",
        "Too many units help already.",
    ),
    (
        "too_many_photos",
        "这件事的照片已经满了。",
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
        "请用提交诉求时得到的链接打开，或者凭编号到社区查询。",
        "Please use the link that you got with your report, or ask your community with the case number.",
    ),
    (
        "tracking_token_required",
        "缺少查询凭证。",
        "The tracking token is missing.",
    ),
    (
        "tracking_token_required.advice",
        "请用提交诉求时得到的链接打开，或者凭编号到社区查询。",
        "Please use the link that you got with your report, or ask your community with the case number.",
    ),
    ("unauthorized", "请先登录。", "Please sign in first."),
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
        "刚才已经有人办理过这件事了。",
        "Somebody else has just changed this case.",
    ),
    (
        "version_conflict.advice",
        "请刷新页面，看看最新情况再办理。",
        "Please load the case again and look at its latest state first.",
    ),
    (
        "why.approver",
        "这件事等您决定，或由您批准过",
        "It waits for your decision, or you granted it",
    ),
    (
        "why.assignee",
        "这件事由您单位承办",
        "Your unit has this case",
    ),
    (
        "why.awaited",
        "这件事在等您单位答复",
        "The case waits for your unit",
    ),
    (
        "why.chain",
        "这件事在您的辖区",
        "The case lies in your area",
    ),
    ("why.desk", "这件事由您分派", "You deal this case out"),
    (
        "why.head",
        "承办单位归您领导",
        "You lead the unit that has this case",
    ),
    (
        "why.helper",
        "您单位协办这件事",
        "Your unit helps with this case",
    ),
    (
        "why.supervision",
        "这件事归您督办",
        "You supervise this case",
    ),
    (
        "wrong_state",
        "这件事现在的状态不能这样办理。",
        "This cannot be done in the state that the case is in.",
    ),
    (
        "wrong_state.advice",
        "请刷新页面，看看办到哪一步了。",
        "Please load the case again and see how far it is.",
    ),
];
