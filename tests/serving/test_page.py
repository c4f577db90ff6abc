"""The page of the development server in a real browser: a picture is dropped, the dial moved, a bad file refused."""

import base64
import pathlib
import shutil

import colours
import pytest
from test_server import process

webdriver = pytest.importorskip("selenium.webdriver")
support = pytest.importorskip("selenium.webdriver.support.ui")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not (shutil.which("chromium") and shutil.which("chromedriver")), reason="needs Chromium"),
]
DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0)), data = new DataTransfer();
data.items.add(new File([bytes], arguments[1]));
const event = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
document.getElementById("drop").dispatchEvent(event);
"""
DIAL = """
const place = document.getElementById("place");
place.value = arguments[0];
place.dispatchEvent(new Event("input"));
"""


@pytest.fixture
def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1000,760"):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium")
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    yield browser
    browser.quit()


def drop(browser, data, name):
    browser.execute_script(DROP, base64.b64encode(data).decode(), name)


def until(browser, identity, words):
    """Wait until an element of the page says these words; its text."""
    support.WebDriverWait(browser, 20).until(lambda b: words in b.find_element("id", identity).text)
    return browser.find_element("id", identity).text


def test_a_person_tries_a_model(browser, tmp_path):
    colours.write(tmp_path / "colours" / "1")
    (tmp_path / "colours" / "README.md").write_text("# Colours\n", "utf-8")
    with process(tmp_path / "colours") as (_, url):
        browser.get(url)
        until(browser, "setting", "as trained")
        drop(browser, colours.picture((200, 10, 0)), "red.png")
        assert until(browser, "answer", "red").splitlines()[:2] == ["red", "78.4 %"]
        assert "NFE" not in browser.find_element("id", "facts").text
        browser.execute_script(DIAL, 0)
        assert "4" in until(browser, "facts", "NFE")
        assert browser.find_element("id", "setting").text == "steps 4"
        drop(browser, b"no picture", "bad.png")
        assert "not a readable picture" in until(browser, "error", "picture 0")
        assert browser.find_element("id", "answer").text == ""
        drop(browser, colours.picture((0, 0, 255)), "blue.png")
        until(browser, "answer", "blue")
        assert browser.find_element("id", "error").text == ""
        browser.find_element("tag name", "summary").click()
        until(browser, "card", "# Colours")
        wrong = [entry for entry in browser.get_log("browser") if "400" not in entry["message"]]
        assert wrong == [], "nothing else goes wrong in the console"


def test_the_page_is_one_file():
    from zoo.serving import server

    page = pathlib.Path(server.__file__).with_name("page.html").read_text("utf-8")
    assert "src=" not in page
    assert "@import" not in page
    assert page.count("href=") == 1, "an empty icon alone"
