/// How the pages look: one sheet for plans and for status, light and dark, screen and paper.
enum PageStyle {
    static let text = """

        :root{color-scheme:light dark;
        --bg:#f4f5f8;--card:#fff;--sunk:#f7f8fa;--ink:#19212e;--muted:#525d70;--line:#dfe3ea;--strong:#b6bfcc;
        --accent:#0b57a4;--on:#fff;--focus:#0b57a4;
        --add:#e3f5e8;--add2:#aee3bd;--addi:#0c5424;--del:#fde8e7;--del2:#f8bdb9;--deli:#8c1515;
        --amber:#fff1cc;--amberi:#704300;--red:#fde3e2;--redi:#951313;--violet:#eee6fd;--violeti:#5424a0;
        --blue:#e0edfc;--bluei:#0b4a91;--teal:#d9f2ef;--teali:#07524c;--pink:#fbe2f0;--pinki:#8a1c58;
        --green:#dff4e5;--greeni:#0c5424;--grey:#e9ecf1;--greyi:#3c4657;
        --shadow:0 1px 2px rgba(20,30,50,.06),0 1px 6px rgba(20,30,50,.05)}
        @media(prefers-color-scheme:dark){:root{
        --bg:#10141b;--card:#181e28;--sunk:#131922;--ink:#e6eaf1;--muted:#a2adbd;--line:#2b3442;--strong:#465264;
        --accent:#86bdff;--on:#0c1420;--focus:#86bdff;
        --add:#12301d;--add2:#1f5a35;--addi:#a8e8bd;--del:#3a1a1c;--del2:#74292c;--deli:#ffc1bd;
        --amber:#3b2b08;--amberi:#ffd98a;--red:#421a1c;--redi:#ffb9b5;--violet:#2d2148;--violeti:#d8c4ff;
        --blue:#15304f;--bluei:#b4d6ff;--teal:#0f3835;--teali:#9fe6dd;--pink:#431d34;--pinki:#ffbfe0;
        --green:#12301d;--greeni:#a8e8bd;--grey:#28313e;--greyi:#cfd6e1;--shadow:none}}
        *{box-sizing:border-box}
        html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink);
        font:400 .9375rem/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif}
        code,.diff,.mono{font-family:"JetBrains Mono",ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
        font-size:.8125rem;font-variant-ligatures:none}
        h1,h2,h3,h4,p,ul,ol,dl,dd,fieldset,legend{margin:0;padding:0}
        ul,ol{list-style:none}
        a{color:var(--accent);text-underline-offset:.15em}
        a:focus-visible,summary:focus-visible,input:focus-visible,button:focus-visible,[tabindex]:focus-visible{
        outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
        .vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .skip{position:absolute;left:-999rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:9}
        .skip:focus{left:.5rem}
        .page{max-width:76rem;margin:0 auto;padding:0 1.5rem}
        header.top{background:var(--card);border-bottom:1px solid var(--line);padding:1.75rem 0 1.5rem}
        .kicker{font-size:.75rem;font-weight:600;letter-spacing:.07em;text-transform:uppercase;color:var(--muted)}
        h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.015em;font-weight:700;margin:.25rem 0 1.1rem;text-wrap:balance}
        h2{font-size:1.1875rem;line-height:1.3;font-weight:650;letter-spacing:-.005em}
        h3{font-size:1rem;line-height:1.4;font-weight:600}
        .route{display:flex;flex-wrap:wrap;align-items:stretch;gap:.5rem .75rem}
        .side{flex:1 1 16rem;background:var(--sunk);border:1px solid var(--line);border-radius:10px;padding:.7rem .95rem;min-width:0}
        .side b{display:block;font-size:1rem;font-weight:600;overflow-wrap:anywhere}
        .side span{color:var(--muted);font-size:.8125rem}
        .arrow{align-self:center;color:var(--muted);font-size:1.25rem}
        .facts{display:flex;flex-wrap:wrap;gap:.35rem 1.75rem;margin-top:1rem;color:var(--muted);font-size:.8125rem}
        .facts dt{display:inline}
        .facts dd{display:inline;color:var(--ink);margin-left:.3rem;overflow-wrap:anywhere}
        main.page{padding-top:1.5rem;padding-bottom:3rem}
        section{margin-bottom:2rem}
        section>h2{margin-bottom:.75rem}
        .lead{color:var(--muted);margin:-.4rem 0 .8rem;max-width:62rem}
        .card{background:var(--card);border:1px solid var(--line);border-radius:10px;box-shadow:var(--shadow)}
        .verdict{border-left:5px solid var(--strong);padding:1rem 1.2rem;display:flex;flex-wrap:wrap;gap:.35rem 2rem;align-items:baseline}
        .verdict b{font-size:1.0625rem}
        .verdict span{color:var(--muted)}
        .verdict.stop{border-left-color:var(--redi)}.verdict.go{border-left-color:var(--bluei)}.verdict.done{border-left-color:var(--greeni)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:.75rem;margin-top:.75rem}
        .tile{padding:.95rem 1.1rem}
        .tile h3{display:flex;gap:.6rem;align-items:center;margin-bottom:.15rem}
        .tile .n{margin-left:auto;font-size:1.25rem;font-weight:700;font-variant-numeric:tabular-nums}
        .tile p{color:var(--muted);font-size:.8125rem;margin-bottom:.5rem}
        .tile li{padding:.15rem 0;font-size:.875rem;overflow-wrap:anywhere}
        .calm{margin-top:.75rem;color:var(--muted);font-size:.875rem}
        .badge{display:inline-block;min-width:1.5rem;text-align:center;padding:.05rem .4rem;border-radius:5px;font-size:.75rem;
        font-weight:700;line-height:1.35rem;background:var(--grey);color:var(--greyi);white-space:nowrap}
        .W{background:var(--amber);color:var(--amberi)}.D{background:var(--red);color:var(--redi)}
        .S{background:var(--violet);color:var(--violeti)}.R{background:var(--blue);color:var(--bluei)}
        .L{background:var(--teal);color:var(--teali)}.K{background:var(--pink);color:var(--pinki)}
        .act{min-width:4.6rem}
        .create{background:var(--green);color:var(--greeni)}.update,.rename{background:var(--blue);color:var(--bluei)}
        .delete{background:var(--red);color:var(--redi)}
        .hand{padding:.4rem 1.1rem}
        .hand>li{padding:.7rem 0;border-top:1px solid var(--line)}.hand>li:first-child{border-top:0}
        .hand h3{margin-bottom:.15rem}
        .hand li li{padding:.15rem 0;overflow-wrap:anywhere}
        .hand .why{color:var(--muted);font-size:.8125rem}
        .conflict{padding:1rem 1.1rem;margin-bottom:.75rem;border-left:5px solid var(--redi)}
        .conflict p{margin:.15rem 0 .7rem;overflow-wrap:anywhere}
        .filters{padding:.85rem 1.1rem;margin-bottom:1rem;display:grid;gap:.7rem}
        fieldset{border:0;min-width:0;display:flex;flex-wrap:wrap;gap:.35rem;align-items:center}
        legend{float:left;font-size:.8125rem;font-weight:600;color:var(--muted);margin-right:.5rem;min-width:3rem;line-height:1.9rem}
        .pill{position:absolute;opacity:0;width:1px;height:1px}
        .pill+label{display:inline-block;border:1px solid var(--strong);border-radius:999px;padding:.15rem .75rem;cursor:pointer;
        font-size:.8125rem;line-height:1.45rem;background:var(--card)}
        .pill+label:hover{border-color:var(--accent)}
        .pill:checked+label{background:var(--accent);border-color:var(--accent);color:var(--on);font-weight:600}
        .pill:focus-visible+label{outline:3px solid var(--focus);outline-offset:2px}
        .find{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center}
        .find[hidden]{display:none}
        .find label{font-size:.8125rem;font-weight:600;color:var(--muted);min-width:3rem}
        .find input{flex:1 1 14rem;font:inherit;color:inherit;background:var(--sunk);border:1px solid var(--strong);border-radius:7px;
        padding:.3rem .7rem;min-width:0}
        button{font:inherit;font-size:.8125rem;color:var(--ink);background:var(--card);border:1px solid var(--strong);border-radius:7px;
        padding:.3rem .8rem;cursor:pointer}
        button:hover{border-color:var(--accent)}
        .find output{color:var(--muted);font-size:.8125rem}
        .group{margin-bottom:1.5rem}
        .group>h3{display:flex;gap:.6rem;align-items:baseline;margin:0 0 .5rem;font-size:1.0625rem;overflow-wrap:anywhere}
        .group>h3 small{color:var(--muted);font-weight:400;font-size:.8125rem;white-space:nowrap}
        .op{border-top:1px solid var(--line)}
        .ops{overflow:hidden}
        .many .op{content-visibility:auto;contain-intrinsic-size:auto 3rem}
        .op:first-child{border-top:0}
        summary{cursor:pointer}
        .op>summary{display:flex;gap:.4rem .7rem;align-items:baseline;padding:.6rem 1.1rem;flex-wrap:wrap;list-style:none}
        .op>summary::-webkit-details-marker{display:none}
        .op>summary::before{content:"";flex:none;width:.42rem;height:.42rem;border:solid var(--muted);border-width:0 2px 2px 0;
        transform:translateY(-.1rem) rotate(-45deg)}
        .op[open]>summary::before{transform:translateY(-.2rem) rotate(45deg)}
        .op.bare>summary{cursor:default}
        .op.bare>summary::before{visibility:hidden}
        .op>summary:hover{background:var(--sunk)}
        .op>summary:focus-visible{outline-offset:-3px}
        .op h4{font:inherit;font-weight:550;flex:1 1 12rem;min-width:0;overflow-wrap:anywhere}
        .op .what{color:var(--muted);font-size:.8125rem}
        .body{padding:.1rem 1.1rem 1rem}
        .body>p{margin:.4rem 0;color:var(--muted)}
        table{width:100%;border-collapse:collapse;table-layout:fixed;font-size:.875rem}
        th{text-align:left;font-size:.75rem;font-weight:600;color:var(--muted);padding:.35rem .7rem .35rem 0;vertical-align:bottom}
        td,tbody th{padding:.45rem .7rem .45rem 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
        tbody th{font-size:.875rem;color:var(--ink);font-weight:550}
        .fields th:first-child{width:21%}.fields th:last-child{width:18%}
        td.long{border-top:0;padding-top:0}
        .spoken{color:var(--muted);font-style:italic}
        .was{background:var(--del);color:var(--deli);border-radius:4px;padding:.05rem .3rem;text-decoration:none;
        -webkit-box-decoration-break:clone;box-decoration-break:clone}
        .now{background:var(--add);color:var(--addi);border-radius:4px;padding:.05rem .3rem;text-decoration:none;
        -webkit-box-decoration-break:clone;box-decoration-break:clone}
        .rule{color:var(--muted);font-size:.8125rem}
        .path{display:block;color:var(--muted);font-size:.75rem;font-weight:400;overflow-wrap:anywhere}
        .diff{border:1px solid var(--line);border-radius:8px;background:var(--sunk);overflow:auto;max-height:34rem;line-height:1.5;
        padding:.35rem 0}
        .diff del,.diff ins,.diff span.l{display:block;text-decoration:none;white-space:pre-wrap;overflow-wrap:anywhere;
        padding:0 .8rem 0 7.2rem;position:relative;min-height:1.5em;tab-size:4}
        .diff del{background:var(--del);color:var(--deli)}.diff ins{background:var(--add);color:var(--addi)}
        .diff del b{background:var(--del2);font-weight:inherit;border-radius:2px}.diff ins b{background:var(--add2);font-weight:inherit;border-radius:2px}
        .diff i{position:absolute;left:0;top:0;width:6.7rem;font-style:normal;color:var(--muted);white-space:pre;text-align:right;
        user-select:none;-webkit-user-select:none}
        .diff i::before{content:attr(data-o);display:inline-block;width:2.6rem}
        .diff i::after{content:attr(data-n) attr(data-s);display:inline-block;width:3.6rem}
        .diff del i,.diff ins i{color:inherit}
        .diff summary,.diff .cut{padding:.15rem .8rem .15rem 7.2rem;color:var(--muted);background:var(--card);border-block:1px solid var(--line);
        font-family:Inter,system-ui,sans-serif}
        .diff summary:hover{color:var(--ink)}
        .diffhead{display:flex;gap:.3rem .8rem;flex-wrap:wrap;font-size:.8125rem;color:var(--muted);margin-bottom:.35rem}
        .plus{color:var(--addi);font-weight:600}.minus{color:var(--deli);font-weight:600}
        details.list>summary{padding:.75rem 1.1rem;font-weight:600}
        details.list>div{padding:0 1.1rem 1rem}
        details.list p{color:var(--muted);margin-bottom:.5rem}
        .none{display:none;padding:1.2rem;color:var(--muted)}
        .miss{display:none!important}
        footer{border-top:1px solid var(--line);padding:1.2rem 0 2rem;color:var(--muted);font-size:.8125rem;overflow-wrap:anywhere}
        footer p{margin:.2rem 0}
        .bars{display:flex;height:.6rem;border-radius:999px;overflow:hidden;gap:2px;margin:.2rem 0 .8rem}
        .dot{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.5rem;background:currentColor}
        @media(max-width:44rem){
        .page{padding:0 1rem}h1{font-size:1.4rem}
        .arrow{display:none}
        legend,.find label{float:none;width:100%}
        .op>summary{padding:.6rem .8rem}.body{padding:.1rem .8rem .9rem}
        .op h4{flex-basis:100%;order:3}
        table.wide,table.wide tbody,table.wide tr,table.wide th,table.wide td{display:block;width:auto}
        table.wide thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        table.wide tr{border-top:1px solid var(--line);padding:.45rem 0}
        table.wide tr.long{border-top:0;padding-top:0}
        table.wide td,table.wide tbody th{border:0;padding:.12rem 0}
        table.wide td[data-l]{position:relative;padding-left:7.6rem;min-height:1.6em}
        table.wide td[data-l]::before{content:attr(data-l);position:absolute;left:0;top:.2rem;width:7.2rem;color:var(--muted);font-size:.75rem;
        font-style:normal;font-weight:600}
        .diff del,.diff ins,.diff span.l{padding-left:1.6rem;padding-right:.5rem}
        .diff i{width:1.4rem}.diff i::before{content:none}.diff i::after{content:attr(data-s);width:1rem}
        .diff summary,.diff .cut{padding-left:1.6rem}}
        @media print{
        :root{color-scheme:light}body{background:#fff;font-size:9.5pt}
        .filters,.skip,.find{display:none!important}
        .page{max-width:none;padding:0}.card,.tile,.op{break-inside:auto;box-shadow:none}
        details::details-content{content-visibility:visible;display:block;height:auto}
        .op>summary{break-after:avoid}.op>summary::before{display:none}
        .diff{max-height:none;overflow:visible}del,ins,.badge{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        a{color:inherit;text-decoration:none}}
        @media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
        @media(forced-colors:active){.badge,.was,.now,.pill:checked+label{border:1px solid}.pill:checked+label{outline:2px solid}}

        """
}
