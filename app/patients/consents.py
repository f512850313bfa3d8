"""The consent without which nothing is recorded."""

from app.core.consents import ConsentDocument, paragraphs_of
from app.core.settings import Settings

PURPOSE = "health_record"
EDITION = "2026-11b"

TEXT = """
为了让您的家庭医生团队照看您按时吃药，我们需要记录您的健康信息。请看清楚，再决定同不同意。

记录什么：您的姓名、性别、出生日期、手机号（身份证号和体重可以不给），您的病种、用药计划、
每次吃药的情况，以及您自己报告的不舒服。健康信息是敏感个人信息，只用来照看您的治疗。

谁能看：只有照看您的医生团队，以及负责检查他们工作的上级医疗机构督导。每一次查看都会记下来，
您可以在“我的”里查到是谁、什么时候看的。我们不卖您的信息，也不给广告商。

怎么保护：姓名、手机号、身份证号加密保存；发给您的提醒不会写出病名。

存多久：治疗期间一直保存。治疗结束或您注销以后，病历按国家对病历保存年限的规定保存，
不再用于别的事。

您可以随时在“我的”里查看和导出自己的全部记录、撤回同意、注销账号，不用说明理由；记错了可以请医生更正。
撤回以后，我们不再通过手机为您服务，医生仍会按普通门诊照看您。

孩子未满14岁的，由父母或其他监护人看这份同意书，替孩子同意，用自己的微信替孩子记录。监护人的姓名和
电话只用来联系和确认身份。孩子的信息只用来照看孩子，监护人可以随时查看、导出、撤回。孩子满14岁以后，
请本人用自己的手机绑定，自己看、自己同意；绑定以后监护人的手机就看不到了。

不同意也可以：不影响您在卫生院看病拿药，只是不能用手机来记录。
"""


def documents(_settings: Settings) -> list[ConsentDocument]:
    title = "健康档案知情同意书"
    return [ConsentDocument(PURPOSE, EDITION, title, paragraphs_of(TEXT), required=True)]
