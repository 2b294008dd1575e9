"""Field lists that the tests of `aludel scaffold` share: {name: arguments}."""

SPECS = {
    "columns": [
        "Item a_str:str b_str:str(40):unique=new c_text:text:null d_int:int:index=7 e_big:bigint",
        "f_small:smallint=-3 g_float:float=0.5 h_double:double:null i_dec:decimal(10,2)=0 j_dec:decimal",
        "k_bool:bool=true l_date:date=2024-02-29 m_dt:datetime:now n_dt:datetime:naive:null o_time:time='08:30'",
        "p_iv:interval:null q_json:json={} r_json:json=[] s_uuid:uuid:null t_bytes:bytes(16):null u_bytes:bytes:null",
        "v_enum:enum(open,closed)=open w_arr:str(20)[]=[] x_arr:int[]:null y_bool:bool:server=false",
        "z_int:int:server=3 date:date:now updated:datetime:now:update total:int:min(0):max(9) order:int:positive",
        "flag:bool:null label:str:comment(what\\ it\\ is\\ called) kept:str:column(kept_as) status:str(20)='it''s'",
    ],
    "relations": [
        "User email:str:unique posts:<-Post:cascade profile:<-Profile:one Post title:str tags:<->Tag",
        "editor:->User:null:setnull Tag name:str:unique Profile bio:text",
    ],
    "trees": [
        "Category name:str parent:->self:null Person name:str friends:<->self boss:->self:null",
        "mentor:->Person:null:setnull:back(pupils)",
    ],
    "ambiguous": ["Team name:str Game home:->Team away:->Team played:date winner:->Team:null:noback"],
    "association": [
        "Order number:str:unique products:<->Product:through(OrderItem) Product name:str",
        "OrderItem quantity:int=1 unit_price:decimal(10,2)",
    ],
    "joined": [
        "Employee name:str Manager(Employee) level:int Engineer(Employee) skills:json=[] lead:->Manager:null",
        "Chief(Manager) deputy:->Employee:null",
    ],
    "single": ["Animal name:str Dog(Animal:single) breed:str tag:int Cat(Animal:single) tag:int indoor:bool=true"],
    "mixins": ["Account name:str +timestamps +soft_delete +uuid Log account:->Account:cascade text:text +timestamps"],
    "keys": [
        "Country code:str(2):pk name:str City country:->Country:restrict name:str @unique(country,name)",
        "Ledger number:bigint:pk note:text:null Entry ledger:->Ledger:cascade amount:int @index(ledger,amount)",
        "Token id:uuid value:str:unique Slot day:date:pk hour:int:pk:min(0):max(23) @check(\"hour\\ <\\ 24\")",
    ],
    "computed": ["Box width:int height:int area:int:computed(\"width\\ *\\ height\") @comment(a\\ box)"],
    "stub": ["Comment author:->User body:text post:->Post:cascade"],
    "lazy": ["Blog entries:<-Entry:lazy(selectin) Entry title:str Feed items:<-Item:lazy(write_only) Item name:str"],
}


def words(name):
    """The arguments of a specification; `\\ ` is a blank within a word."""
    text = " ".join(SPECS[name]).replace("\\ ", "\0")
    return [w.replace("\0", " ") for w in text.split(" ")]


def table_words(name):
    """The same for `scaffold table`: headers are names of tables."""
    return [w.lower() + "s" if ":" not in w and w[0].isupper() else w for w in words(name)]
